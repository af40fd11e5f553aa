"""What is shown of a replacement while it is written: the file, and whole lines of both texts."""

from __future__ import annotations

import pytest

from journeyman.protocol.items import AddKind, FileUpdateChange, UpdateKind
from journeyman.tools.builtin.edit_preview import EditPreview


def preview(*pieces: tuple[str, str]) -> list[FileUpdateChange]:
    shown = EditPreview()
    for member, text in pieces:
        for letter in text or [""]:
            shown.add(member, letter)
    assert bool(shown.size) == bool(shown.changes())
    return shown.changes()


def changed(diff: str) -> list[FileUpdateChange]:
    return [FileUpdateChange(path="a.py", kind=UpdateKind(), diff=diff)]


PATH, OLD = ("path", "a.py"), ("old_text", "x = 1\ny\n")


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ([PATH], []),
        ([PATH, ("old_text", "")], []),
        ([PATH, ("old_text", "x = 1\ny")], changed("@@\n-x = 1")),
        ([PATH, OLD, ("new_text", "x = 2\nz")], changed("@@\n-x = 1\n-y\n+x = 2")),
        ([("new_text", "x = 2"), PATH, OLD], changed("@@\n-x = 1\n-y\n+x = 2")),
        ([PATH, ("new_text", "x\n")], []),
        (
            [PATH, ("old_text", ""), ("new_text", "x\ny")],
            [FileUpdateChange(path="a.py", kind=AddKind(), diff="x\n")],
        ),
        ([("replace_all", "?"), ("old_text", "x\n")], []),
    ],
)
def test_preview_of_an_edit_shows_what_is_known(
    pieces: list[tuple[str, str]], shown: list[FileUpdateChange]
) -> None:
    assert preview(*pieces) == shown
