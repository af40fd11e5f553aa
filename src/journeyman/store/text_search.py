"""Finds a text in what the user and the agent said in a thread, without an index: by bytes first, then by line.

Upper and lower case of ASCII letters are the same. What was taken back is found too: it was said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from journeyman.protocol.items import AgentMessageItem, TextInput, UserMessageItem
from journeyman.store.landmarks import line_around
from journeyman.store.lines import ItemLine, Line, decode_line
from journeyman.store.upcast import read_item

_CHUNK = 1 << 20
_SNIPPET_CHARS = 160
# Longer lines are outputs of tools and pictures, never what somebody said.
_LONGEST_LINE = 1 << 20


class _Event(msgspec.Struct, frozen=True):
    type: str
    message: str = ""


def find_text(path: Path, term: str) -> str | None:
    """The text around the first place where somebody said `term`; None where nobody did, or it cannot be read."""
    folded = term.casefold()
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            for position in _places(path, msgspec.json.encode(term)[1:-1].lower()):
                start, end = line_around(file, position, size)
                if end - start > _LONGEST_LINE:
                    continue
                file.seek(start)
                line = decode_line(file.read(end - start))
                for text in _said(line) if line else ():
                    place = text.casefold().find(folded)
                    if place >= 0:
                        begin = max(0, place - _SNIPPET_CHARS // 4)
                        return text[begin : begin + _SNIPPET_CHARS]
    except OSError:
        return None
    return None


def _places(path: Path, wanted: bytes) -> Iterator[int]:
    """One place for each line, or part of a line, that holds these bytes."""
    with path.open("rb") as file:
        begin, kept = 0, b""
        while chunk := file.read(_CHUNK):
            block = kept + chunk.lower()
            at = block.find(wanted)
            while at >= 0:
                yield begin + at
                next_line = block.find(b"\n", at)
                at = block.find(wanted, next_line) if next_line >= 0 else -1
            kept = block[max(0, len(block) - len(wanted) + 1) :]
            begin += len(block) - len(kept)


def _said(line: Line) -> list[str]:
    try:
        if line.type == "event_msg":
            event = msgspec.json.decode(line.payload, type=_Event)
            if event.type in {"user_message", "agent_message"}:
                return [event.message]
            if event.type != "item_completed":
                return []
        elif line.type != "item_completed":
            return []
        item = read_item(msgspec.json.decode(line.payload, type=ItemLine).item)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    if isinstance(item, UserMessageItem):
        return [part.text for part in item.content if isinstance(part, TextInput)]
    return [item.text] if isinstance(item, AgentMessageItem) else []
