"""What is shown of a patch while it is written: never more than stands there, whatever stands there."""

from hypothesis import given
from hypothesis import strategies as st

from journeyman.protocol.items import AddKind, DeleteKind, FileUpdateChange, UpdateKind
from journeyman.tools.apply_patch.parse import AddFile, DeleteFile, ParseError, parse_patch
from journeyman.tools.apply_patch.preview import PatchPreview

PATCH = """*** Begin Patch
*** Update File: old name.py
*** Move to: new.py
@@ def f():
-old
+new
 kept
*** End of File
*** Delete File: gone.py
*** Add File: added.py
+one
+two
*** End Patch
*** Add File: after the end
+x
"""
LINE = st.sampled_from(
    [
        *("*** Begin Patch", "*** Add File: a", "*** Delete File: d", "*** Update File: u"),
        *(
            "*** Move to: m",
            "@@",
            "+x",
            "-y",
            " z",
            "",
            "*** End of File",
            "*** End Patch",
            "what?",
        ),
    ]
)


def preview(text: str) -> list[FileUpdateChange]:
    shown = PatchPreview()
    for letter in text:
        shown.add("input", letter)
    return shown.changes()


def test_preview_shows_whole_lines_of_each_file() -> None:
    moved = UpdateKind(move_path="new.py")
    diff = "@@ def f():\n-old\n+new\n kept\n\nMoved to: new.py"
    assert preview(PATCH) == [
        FileUpdateChange(path="old name.py", kind=moved, diff=diff),
        FileUpdateChange(path="gone.py", kind=DeleteKind(), diff=""),
        FileUpdateChange(path="added.py", kind=AddKind(), diff="one\ntwo\n"),
    ]
    cut = PATCH[: PATCH.index("two")]
    assert preview(cut)[-1] == FileUpdateChange(path="added.py", kind=AddKind(), diff="one\n")


@given(st.lists(LINE, max_size=12), st.booleans())
def test_preview_names_the_files_of_every_patch_and_of_no_other_text(
    lines: list[str], cr: bool
) -> None:
    text = ("\r\n" if cr else "\n").join(["*** Begin Patch", *lines, "*** End Patch", ""])
    shown = [(change.path, type(change.kind)) for change in preview(text)]
    try:
        hunks = parse_patch(text.strip()).hunks
    except ParseError:
        return
    kinds: dict[type, type] = {AddFile: AddKind, DeleteFile: DeleteKind}
    assert shown == [(hunk.path, kinds.get(type(hunk), UpdateKind)) for hunk in hunks]
    added = {hunk.path: hunk.content for hunk in hunks if isinstance(hunk, AddFile)}
    told = {it.path: it.diff for it in preview(text) if isinstance(it.kind, AddKind)}
    assert told == added


def test_preview_of_half_a_character_can_be_told() -> None:
    [change] = preview("*** Begin Patch\n*** Add File: a\n+\ud800\n")
    assert change.diff.encode() == b"?\n"
