"""Properties: a random edit written as a patch gives exactly the new text."""

import subprocess
import tempfile
from difflib import SequenceMatcher
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from journeyman.tools.apply_patch.apply import apply_whole
from journeyman.tools.apply_patch.diff import git_diff
from journeyman.tools.apply_patch.parse import ParseError, parse_patch
from journeyman.tools.apply_patch.plan import plan_patch

# Few different lines, so that equal and nearly equal ones (blanks, tabs, dashes) meet often.
LINE = st.sampled_from(
    ["a", " a", "a ", "\ta", "", "b", "- b", "\u2013 b", "*** c", "@@ d", "+e", "é"]
)
TEXT = st.lists(LINE, max_size=12)


def write_patch(old: list[str], new: list[str], context: int) -> str:
    lines = ["*** Begin Patch", "*** Update File: f.txt"]
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(context):
        lines.append("@@")
        for tag, i1, i2, j1, j2 in group:
            signs = (" ", "") if tag == "equal" else ("-", "+")
            lines += [signs[0] + line for line in old[i1:i2]]
            lines += [signs[1] + line for line in new[j1:j2] if signs[1]]
    return "\n".join([*lines, "*** End Patch"])


@given(old=TEXT, new=TEXT, line_end=st.sampled_from(["\n", "\r\n"]), ends=st.booleans())
def test_patch_with_the_whole_file_as_context_gives_exactly_the_new_text(
    old: list[str], new: list[str], line_end: str, ends: bool
) -> None:
    if old == new or not old:
        return
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "f.txt"
        text = line_end.join(old) + (line_end if ends or len(old) == 1 or not old[-1] else "")
        file.write_bytes(text.encode())

        apply_whole(parse_patch(write_patch(old, new, context=99)), Path(directory))

        assert file.read_bytes() == "".join(line + line_end for line in new).encode()


@given(old=TEXT, new=TEXT, ends=st.booleans())
@example(old=[" a", " a", " a", "a"], new=[" a", " a", " a", " a", "a"], ends=True)
def test_git_diff_is_understood_by_git(old: list[str], new: list[str], ends: bool) -> None:
    if old == new or not old:
        return
    with tempfile.TemporaryDirectory() as directory:
        cwd = Path(directory)
        file = cwd / "f.txt"
        file.write_text("\n".join(old) + ("\n" if ends or not old[-1] else ""))
        plan = plan_patch(parse_patch(write_patch(old, new, context=99)), cwd)

        diff = git_diff(plan.changes).encode()
        subprocess.run(["git", "apply", "-"], cwd=cwd, input=diff, check=True)

        assert file.read_bytes() == plan.changes[0].new


@given(st.text(st.sampled_from("*+-@ \n\r'<EOFabn"), max_size=60) | st.text(max_size=30))
def test_parse_patch_reads_or_refuses_any_text(middle: str) -> None:
    for text in (middle, f"*** Begin Patch\n*** Update File: f\n{middle}\n*** End Patch"):
        try:
            patch = parse_patch(text)
        except ParseError:
            continue
        assert patch.hunks
