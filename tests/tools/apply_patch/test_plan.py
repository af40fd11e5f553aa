"""What a plan tells people: changes and diffs."""

from pathlib import Path

import pytest

from journeyman.tools.apply_patch.diff import change_diff, git_diff, unified_hunks
from journeyman.tools.apply_patch.parse import ParseError, parse_patch
from journeyman.tools.apply_patch.plan import FileChange, FileState, Plan, PlanError, plan_patch

CWD = Path("/nowhere-at-all")
FILES = {
    CWD / "a.txt": FileState(b"1\n2\n3\n", 0o100644),
    CWD / "b.sh": FileState(b"x\ny", 0o100755),
    CWD / "c.txt": FileState(b"", 0o100644),
}


def plan(body: str) -> Plan:
    return plan_patch(parse_patch(f"*** Begin Patch\n{body}*** End Patch"), CWD, FILES.get)


def test_plan_joins_all_hunks_of_a_file_into_one_change() -> None:
    changes = plan(
        "*** Update File: a.txt\n@@\n-1\n+one\n*** Update File: a.txt\n*** Move to: d/e.txt\n"
        "@@\n-3\n+three\n*** Add File: n\n+n\n*** Delete File: c.txt\n*** Add File: c.txt\n+c\n"
        "*** Delete File: b.sh\n*** Add File: t\n*** Delete File: t\n"
    ).changes

    moved = FileChange(
        "update", "a.txt", CWD / "a.txt", b"1\n2\n3\n", b"one\n2\nthree\n", 0o100644,
        "d/e.txt", CWD / "d/e.txt",
    )  # fmt: skip
    assert changes == (
        moved,
        FileChange("add", "n", CWD / "n", None, b"n\n", 0o100644),
        FileChange("update", "c.txt", CWD / "c.txt", b"", b"c\n", 0o100644),
        FileChange("delete", "b.sh", CWD / "b.sh", b"x\ny", None, 0o100755),
    )


def test_git_diff_shows_adds_deletes_moves_and_missing_newlines() -> None:
    changes = plan(
        "*** Update File: a.txt\n*** Move to: d.txt\n@@\n-3\n+three\n*** Add File: n\n+n\n"
        "*** Delete File: b.sh\n*** Add File: c.txt\n"
    ).changes

    assert git_diff(changes) == (
        "diff --git a/a.txt b/d.txt\n"
        "rename from a.txt\n"
        "rename to d.txt\n"
        "--- a/a.txt\n"
        "+++ b/d.txt\n"
        "@@ -1,3 +1,3 @@\n 1\n 2\n-3\n+three\n"
        "diff --git a/n b/n\n"
        "new file mode 100644\n"
        "--- /dev/null\n"
        "+++ b/n\n"
        "@@ -0,0 +1 @@\n+n\n"
        "diff --git a/b.sh b/b.sh\n"
        "deleted file mode 100755\n"
        "--- a/b.sh\n"
        "+++ /dev/null\n"
        "@@ -1,2 +0,0 @@\n-x\n-y\n\\ No newline at end of file\n"
    )


def test_change_diff_is_the_content_unless_a_file_was_updated() -> None:
    changes = plan(
        "*** Update File: a.txt\n@@\n-1\n+one\n*** Add File: n\n+n\n*** Delete File: b.sh\n"
    ).changes

    assert [change_diff(change) for change in changes] == [
        "@@ -1,3 +1,3 @@\n-1\n+one\n 2\n 3\n",
        "n\n",
        "x\ny",
    ]


def test_unified_hunks_numbers_lines_right_far_down_a_file() -> None:
    old = [b"%d\n" % number for number in range(1, 101)]
    new = [*old[:50], b"new\n", *old[50:98], b"99!\n", old[99]]

    assert unified_hunks(b"".join(old), b"".join(new)) == (
        "@@ -48,6 +48,7 @@\n 48\n 49\n 50\n+new\n 51\n 52\n 53\n"
        "@@ -96,5 +97,5 @@\n 96\n 97\n 98\n-99\n+99!\n 100\n"
    )


def test_plan_resolves_paths_against_the_directory_and_keeps_absolute_ones() -> None:
    changes = plan("*** Add File: ../x/./y\n*** Add File: /etc/jm-test-z\n").changes

    assert [change.location for change in changes] == [Path("/x/y"), Path("/etc/jm-test-z")]


def test_plan_names_the_reason_when_a_file_cannot_be_read() -> None:
    def refuse(path: Path) -> FileState | None:
        raise PermissionError(13, "Permission denied", str(path))

    patch = parse_patch("*** Begin Patch\n*** Delete File: a.txt\n*** End Patch")
    with pytest.raises(PlanError) as caught:
        plan_patch(patch, CWD, refuse)

    assert str(caught.value) == (f"Failed to read {CWD}/a.txt: Permission denied (os error 13)")


@pytest.mark.parametrize("path", ["a\0b", "dir/"])
def test_parse_patch_refuses_a_path_that_names_no_file(path: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_patch(f"*** Begin Patch\n*** Delete File: {path}\n*** End Patch")

    assert str(caught.value) == f"Invalid patch hunk on line 2: {path!r} does not name a file"


def test_parse_patch_refuses_text_that_no_file_can_hold() -> None:
    with pytest.raises(ParseError, match="Invalid patch hunk on line 3: the text has a lone"):
        parse_patch("*** Begin Patch\n*** Add File: a\n+\ud800\n*** End Patch")
