"""A changed file as lines to read. Pure; the diff's text is made visible here."""

from __future__ import annotations

from collections.abc import Callable

from journeyman.protocol import items
from journeyman.transcript.style import Style
from journeyman.visible_text import visible


def diff_lines(
    change: items.FileUpdateChange, style: Style, show_path: Callable[[str], str]
) -> list[str]:
    """One file of a change, coloured; `show_path` makes a path safe to print, and shorter."""
    body = visible(change.diff).removesuffix("\n").split("\n") if change.diff else []
    path = show_path(change.path)
    match change.kind:
        case items.AddKind():
            return [style.notable(f"A {path}"), *(style.good(f"+{line}") for line in body)]
        case items.DeleteKind():
            return [style.notable(f"D {path}"), *(style.bad(f"-{line}") for line in body)]
        case items.UpdateKind(move_path=moved_to):
            arrow = f" -> {show_path(moved_to)}" if moved_to else ""
            return [style.notable(f"M {path}{arrow}"), *hunk_lines(body, style)]


def hunk_lines(lines: list[str], style: Style) -> list[str]:
    """Lines of a unified diff, coloured; they are safe to print already."""
    return [_hunk_line(line, style) for line in lines]


def _hunk_line(line: str, style: Style) -> str:
    if line.startswith("@@"):
        return style.notable(line)
    if line.startswith("+"):
        return style.good(line)
    return style.bad(line) if line.startswith("-") else line
