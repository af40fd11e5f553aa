"""Shows planned changes as text: one file's diff for its item, a git diff for a whole turn.

Bytes that are not UTF-8 appear as U+FFFD; a diff is for reading, never the source of a change.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from journeyman.tools.apply_patch.plan import FileChange

_CONTEXT_LINES = 3
_NO_NEWLINE = "\\ No newline at end of file\n"


def change_diff(change: FileChange) -> str:
    """Text of one change: the content for an added or deleted file, else its '@@' hunks."""
    if change.kind == "update":
        return unified_hunks(change.old or b"", change.new or b"")
    return _text((change.old if change.kind == "delete" else change.new) or b"")


def unified_hunks(old: bytes, new: bytes) -> str:
    """Unified diff without file headers, three lines of context; empty when nothing differs."""
    before, after = _lines(old), _lines(new)
    groups = SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT_LINES)
    return "".join(line for group in groups for line in _hunk(group, before, after))


def git_diff(changes: Sequence[FileChange]) -> str:
    """The changes as `git diff` would print them, with the patch's own paths."""
    return "".join(
        _file_diff(change) for change in changes if change.old != change.new or _moved(change)
    )


def _moved(change: FileChange) -> bool:
    return change.move_to is not None


def _file_diff(change: FileChange) -> str:
    old_path, new_path = change.path, change.move_to or change.path
    header = [f"diff --git a/{old_path} b/{new_path}"]
    if change.kind == "add":
        header.append(f"new file mode {change.mode:06o}")
    elif change.kind == "delete":
        header.append(f"deleted file mode {change.mode:06o}")
    elif _moved(change):
        header += [f"rename from {old_path}", f"rename to {new_path}"]
    hunks = unified_hunks(change.old or b"", change.new or b"")
    if hunks:
        header.append("--- " + ("/dev/null" if change.kind == "add" else f"a/{old_path}"))
        header.append("+++ " + ("/dev/null" if change.kind == "delete" else f"b/{new_path}"))
    return "\n".join(header) + "\n" + hunks


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _lines(content: bytes) -> list[str]:
    # Not splitlines(), which also breaks at form feeds and Unicode line separators.
    lines = _text(content).split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _hunk(
    group: Sequence[tuple[str, int, int, int, int]],
    before: Sequence[str],
    after: Sequence[str],
) -> Iterator[str]:
    first, last = group[0], group[-1]
    old_range = _range(first[1], last[2])
    new_range = _range(first[3], last[4])
    yield f"@@ -{old_range} +{new_range} @@\n"
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            yield from (_line(" ", line) for line in before[i1:i2])
            continue
        yield from (_line("-", line) for line in before[i1:i2])
        yield from (_line("+", line) for line in after[j1:j2])


def _range(start: int, stop: int) -> str:
    count = stop - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n{_NO_NEWLINE}"
