"""The history read as the story of one repair: what was asked, which moves were made, what they said."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from journeyman.models.repair.answer import Answer, read_answer
from journeyman.protocol.history import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    Message,
    text_of,
)

_CALL_ID = re.compile(r"^call_repair_\d+_([a-z]+)$")
_MARK = re.compile(r" --mark ([0-9a-f]+)\b")
_RUNNING = re.compile(r"^Process running with session ID (\d+)$", re.MULTILINE)
_EXITED = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d+)$", re.MULTILINE)


class Done(msgspec.Struct, frozen=True):
    """One move that was made: its stage, what came back, and the mark its answer has."""

    stage: str
    output: str
    mark: str = ""

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

    def answer(self, stage: str, wait: str) -> Answer | None:
        """The engine's answer to the last move of a stage, waited for or not, if it is whole."""
        numbers = [number for number, move in enumerate(self.moves) if move.stage == stage]
        if not numbers:
            return None
        asked = self.moves[numbers[-1] :]
        printed = "".join(move.printed for move in asked if move.stage in {stage, wait})
        return read_answer(printed, asked[0].mark)


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
                asked = item.input if isinstance(item, CustomToolCall) else item.arguments
                mark = _MARK.search(asked)
                output = outputs.get(item.call_id, "")
                moves.append(Done(stage.group(1), output, mark.group(1) if mark else ""))
    return Story(request, tuple(moves), len(history))


def paths_in(request: str) -> list[str]:
    """Paths of Python files and folders that a request names."""
    words = re.findall(r"[\w./-]+", request)
    named = [word.rstrip(".").removeprefix("./") for word in words]
    return [
        word for word in named if word.endswith(".py") or re.fullmatch(r"[\w.-]+/[\w./-]*", word)
    ]
