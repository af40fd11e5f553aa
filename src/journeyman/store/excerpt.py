"""What stands in a line in the place of something too large for it: the same shape, long texts by head and tail."""

from __future__ import annotations

import re
from typing import Any, cast

# Of every item so much stays in its line, in characters.
_LINE_CHARS = 32 << 10
_TEXT_CHARS = 8 << 10
# Names, ids and what else says what the item is.
_SHORT_CHARS = 256
# However many small parts the rest has.
_MOST_OVERDRAWN = 8 << 10
_PART_CHARS = 8
_MARK = re.compile(r"\n…(\d+) characters are kept aside…\n")


def excerpt(value: object) -> object:
    """An excerpt of plain data: lists may end early, and long texts say how much of them is left out."""
    return _Excerpt().of(value)


def lost(members: dict[str, Any]) -> dict[str, Any]:
    """An excerpt where what it was made of is gone: each text that was cut says so."""
    return {name: _lost(part) for name, part in members.items()}


def _lost(value: object) -> object:
    if isinstance(value, str):
        return _MARK.sub(r"\n…\1 characters are lost: their file is missing or damaged…\n", value)
    if isinstance(value, list):
        return [_lost(part) for part in cast("list[object]", value)]
    return lost(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


class _Excerpt:
    def __init__(self) -> None:
        self._left = _LINE_CHARS

    def of(self, value: object) -> object:
        self._left -= _PART_CHARS
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return self._list(cast("list[object]", value))
        if isinstance(value, dict):
            return self._members(cast("dict[str, object]", value))
        return value

    def _text(self, text: str) -> str:
        room = max(_SHORT_CHARS, min(_TEXT_CHARS, self._left))
        self._left -= min(len(text), room)
        if len(text) <= room:
            return text
        half = room // 2
        left_out = len(text) - 2 * half
        return f"{text[:half]}\n…{left_out} characters are kept aside…\n{text[-half:]}"

    def _list(self, parts: list[object]) -> list[object]:
        kept: list[object] = []
        for part in parts:
            if self._left <= 0:
                break
            kept.append(self.of(part))
        return kept

    def _members(self, members: dict[str, object]) -> dict[str, object]:
        """What readers expect of an item has few members; of data of any shape the rest is left out."""
        kept: dict[str, object] = {}
        for name, part in members.items():
            if self._left <= -_MOST_OVERDRAWN:
                break
            if len(name) <= _SHORT_CHARS:
                kept[name] = self.of(part)
        return kept
