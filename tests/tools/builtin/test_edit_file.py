"""edit_file: text replaced in place, through the same checks and the same sandbox as a patch."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeyman.clock import SystemClock
from journeyman.tools.api import Scope, ToolCall, ToolError
from journeyman.tools.apply_patch.apply import apply_whole
from journeyman.tools.apply_patch.parse import parse_patch
from journeyman.tools.builtin.edit_file import EditFileTool, edit_as_patch


def prepare(real: Any, **arguments: Any) -> Any:
    call = ToolCall(call_id="c1", name="edit_file", arguments={"path": "f.py", **arguments})
    return EditFileTool(SystemClock()).prepare(call, real.scope)


async def edit(real: Any, before: str, **arguments: Any) -> str:
    (real.project / "f.py").write_bytes(before.encode())
    output = await prepare(real, **arguments).run(real.context)
    assert output.success is not False
    return (real.project / "f.py").read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("a = 1\nb = 2\n", ("2", "3"), "a = 1\nb = 3\n"),
        ("x\nx = 1\nx\n", ("x = 1\nx", "y"), "x\ny\n"),
        ("one\r\ntwo\r\n", ("one\ntwo", "1\n2"), "1\r\n2\r\n"),
        ("no end", ("end", "more"), "no more\n"),
        ("a\nb\nc\n", ("b\n", ""), "a\nc\n"),
    ],
)
async def test_text_is_replaced_where_it_is_once(
    real: Any, before: str, words: tuple[str, str], after: str
) -> None:
    old, new = words
    assert await edit(real, before, old_text=old, new_text=new) == after


async def test_all_places_are_replaced_only_when_they_are_meant(real: Any) -> None:
    with pytest.raises(ToolError, match="2 times"):
        await edit(real, "a b\na\n", old_text="a", new_text="c")
    assert await edit(real, "a b\na\n", old_text="a", new_text="c", replace_all=True) == "c b\nc\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"old_text": "z", "new_text": "y"}, "old_text is not in f.py"),
        ({"old_text": "a", "new_text": "a"}, "new_text is the same"),
        ({"old_text": "", "new_text": "y"}, "f.py exists"),
        ({"path": "gone.py", "old_text": "a", "new_text": "b"}, "there is no gone.py"),
        ({"path": ".", "old_text": "a", "new_text": "b"}, "is not a file"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    real: Any, arguments: dict[str, Any], why: str
) -> None:
    (real.project / "f.py").write_text("a\n")
    with pytest.raises(ToolError, match=why):
        prepare(real, **arguments)
    assert (real.project / "f.py").read_text() == "a\n"


async def test_new_file_is_created_and_one_outside_needs_approval(real: Any) -> None:
    await prepare(real, path="new/g.py", old_text="", new_text="x = 1\n").run(real.context)
    assert (real.project / "new/g.py").read_text() == "x = 1\n"
    outside = prepare(real, path="/etc/never.py", old_text="", new_text="x")
    assert outside.need.outside == ("/etc/never.py",)


def test_what_may_not_be_read_is_not_told_by_what_matches(real: Any) -> None:
    secret = real.project / "secret"
    secret.write_text("key\n")
    (real.project / "f.py").symlink_to(secret)

    def may_read(path: str) -> bool:
        return path != str(secret)

    scope: Scope = msgspec.structs.replace(real.scope, may_read=may_read)
    call = ToolCall(
        call_id="c1",
        name="edit_file",
        arguments={"path": "f.py", "old_text": "nope", "new_text": "x"},
    )
    with pytest.raises(ToolError, match="may not be read"):
        EditFileTool(SystemClock()).prepare(call, scope)


LINES = st.lists(st.sampled_from(["", "a", "b", " a", "ab"]), min_size=1, max_size=6)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=LINES, old=LINES, new=LINES)
def test_patch_of_any_replacement_means_the_same(
    tmp_path_factory: Any, before: list[str], old: list[str], new: list[str]
) -> None:
    text, wanted, given_new = "\n".join(before) + "\n", "\n".join(old), "\n".join(new)
    if not wanted.strip("\n") or wanted not in text or wanted == given_new:
        return
    folder = tmp_path_factory.mktemp("edit")
    (folder / "f").write_text(text)
    after = text.replace(wanted, given_new)
    apply_whole(parse_patch(edit_as_patch("f", text, wanted, given_new)), folder)
    # A patch writes whole lines.
    assert (folder / "f").read_text() == (
        after if not after or after.endswith("\n") else after + "\n"
    )
