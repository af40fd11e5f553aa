"""The history read as the story of one repair: what was asked, which moves were made, what they said."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    Message,
    text_of,
)

RESULT_MARK = "REPAIR-RESULT "
_CALL_ID = re.compile(r"^call_repair_\d+_([a-z]+)$")
_RUNNING = re.compile(r"^Process running with session ID (\d+)$", re.MULTILINE)
_EXITED = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d+)$", re.MULTILINE)


class Done(msgspec.Struct, frozen=True):
    """One move that was made: its stage and what came back."""

    stage: str
    output: str

    @property
    def session(self) -> int | None:
        """The session of a command that is still running."""
        found = _RUNNING.search(self.output)
        return int(found.group(1)) if found else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None when it did not run or has not ended."""
        found = _EXITED.search(self.output)
        return int(found.group(1)) if found else None

    @property
    def printed(self) -> str:
        """What the command printed."""
        return self.output.partition("Output:\n")[2] if "Output:\n" in self.output else self.output


class Story(msgspec.Struct, frozen=True):
    """The user's last request and the moves since then, oldest first; `length` numbers new calls."""

    request: str
    moves: tuple[Done, ...]
    length: int

    @property
    def last(self) -> Done | None:
        """The move made last."""
        return self.moves[-1] if self.moves else None

    def count(self, stage: str) -> int:
        """How often a stage was reached."""
        return sum(move.stage == stage for move in self.moves)

    def result(self, *stages: str) -> dict[str, Any] | None:
        """The engine's last result line printed by moves of these stages, if it is whole."""
        text = "".join(move.printed for move in self.moves if move.stage in stages)
        start = text.rfind(RESULT_MARK)
        if start < 0:
            return None
        line = text[start + len(RESULT_MARK) :].partition("\n")[0]
        try:
            found: object = json.loads(line)
        except json.JSONDecodeError:
            return None
        return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def read_story(history: Sequence[HistoryItem]) -> Story:
    """Read a prompt's history; calls that are not of this provider are left out."""
    start, request = 0, ""
    for index, item in enumerate(history):
        if isinstance(item, Message) and item.role == "user":
            text = text_of(item.content)
            if not text.lstrip().startswith(("<", "# AGENTS.md")):
                start, request = index, text
    outputs = {
        item.call_id: text_of(item.output)
        for item in history
        if isinstance(item, FunctionCallOutput | CustomToolCallOutput)
    }
    moves: list[Done] = []
    for item in history[start:]:
        if isinstance(item, FunctionCall | CustomToolCall):
            stage = _CALL_ID.match(item.call_id)
            if stage:
                moves.append(Done(stage.group(1), outputs.get(item.call_id, "")))
    return Story(request, tuple(moves), len(history))


def paths_in(request: str) -> list[str]:
    """Paths of Python files and folders that a request names."""
    words = re.findall(r"[\w./-]+", request)
    named = [word.rstrip(".").removeprefix("./") for word in words]
    return [
        word for word in named if word.endswith(".py") or re.fullmatch(r"[\w.-]+/[\w./-]*", word)
    ]
