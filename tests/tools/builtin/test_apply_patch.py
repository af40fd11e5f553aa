from __future__ import annotations

import re
from typing import Any

import pytest

from journeyman.protocol.items import (
    AddKind,
    DeleteKind,
    FileChangeItem,
    FileUpdateChange,
    UpdateKind,
)
from journeyman.tools.api import FilesChanged, ToolError

PATCH = """*** Begin Patch
*** Add File: new.txt
+hello
*** Update File: old.txt
@@
 one
-two
+2
*** Update File: from.txt
*** Move to: to.txt
@@
-a
+b
*** Delete File: gone.txt
*** End Patch
"""


def _told(text: str) -> str:
    return re.sub(r"Wall time: \d+\.\d seconds", "Wall time: T", text)


async def test_patch_is_written_told_and_shown(real: Any) -> None:
    root = real.project
    for name, text in (("old.txt", "one\ntwo\n"), ("from.txt", "a\n"), ("gone.txt", "bye\n")):
        (root / name).write_text(text)
    invocation = real.prepare_patch(PATCH)
    changes = [
        FileUpdateChange(
            path=f"{root}/from.txt",
            kind=UpdateKind(move_path=f"{root}/to.txt"),
            diff="@@ -1 +1 @@\n-a\n+b\n",
        ),
        FileUpdateChange(path=f"{root}/gone.txt", kind=DeleteKind(), diff="bye\n"),
        FileUpdateChange(path=f"{root}/new.txt", kind=AddKind(), diff="hello\n"),
        FileUpdateChange(
            path=f"{root}/old.txt", kind=UpdateKind(), diff="@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
        ),
    ]
    assert invocation.item == FileChangeItem(id="c1", changes=changes, status="inProgress")
    assert invocation.need.outside == ()
    output = await invocation.run(real.context)
    assert _told(output.content) == (
        "Exit code: 0\nWall time: T\nOutput:\nSuccess. Updated the following files:\n"
        "A new.txt\nM old.txt\nM to.txt\nD gone.txt\n"
    )
    assert output.item == FileChangeItem(id="c1", changes=changes, status="completed")
    real.launcher.close()
    assert {path.name: path.read_text() for path in root.iterdir()} == {
        "new.txt": "hello\n",
        "old.txt": "one\n2\n",
        "to.txt": "b\n",
    }
    assert real.context.events == [
        FilesChanged(
            [
                (f"{root}/new.txt", None, b"hello\n"),
                (f"{root}/old.txt", b"one\ntwo\n", b"one\n2\n"),
                (f"{root}/from.txt", b"a\n", None),
                (f"{root}/to.txt", None, b"b\n"),
                (f"{root}/gone.txt", b"bye\n", None),
            ]
        )
    ]


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ("*** Begin Patch\n*** End Patch\n", "patch rejected: empty patch"),
        ("nonsense", "apply_patch verification failed: invalid patch: The first line "),
        (
            "*** Begin Patch\n*** Rename File: a\n*** End Patch",
            "apply_patch verification failed: invalid hunk at line 2, '",
        ),
        (
            "*** Begin Patch\n*** Delete File: no\n*** End Patch",
            "apply_patch verification failed: .*no",
        ),
    ],
)
def test_patch_that_does_not_fit_is_refused_before_it_begins(
    fake: Any, patch: str, text: str
) -> None:
    with pytest.raises(ToolError, match=text):
        fake().prepare_patch(patch)


def _adding(path: str) -> str:
    return f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n"


@pytest.mark.parametrize("path", ["/etc/journeyman-test", ".git/config", "link/x"])
async def test_path_outside_is_asked_for_and_held_by_the_sandbox(real: Any, path: str) -> None:
    (real.project / "link").symlink_to("/etc")
    invocation = real.prepare_patch(_adding(path))
    assert len(invocation.need.outside) == 1
    output = await invocation.run(real.context)
    assert (output.item.status, output.success, output.content[:12]) == (
        "failed",
        False,
        "Exit code: 1",
    )
    assert real.context.events == []


async def test_file_that_changes_meanwhile_stops_the_patch(real: Any) -> None:
    (real.project / "old.txt").write_text("one\n")
    patch = "*** Begin Patch\n*** Update File: old.txt\n@@\n-one\n+two\n*** End Patch\n"
    invocation = real.prepare_patch(patch)
    (real.project / "old.txt").write_text("other\n")
    output = await invocation.run(real.context)
    assert "changed" in output.content
    assert (real.project / "old.txt").read_text() == "other\n"


def test_refused_patch_is_declined(fake: Any) -> None:
    output = fake().prepare_patch(_adding("a")).refused("rejected by the user")
    assert (output.content, output.item.status) == ("rejected by the user", "declined")
