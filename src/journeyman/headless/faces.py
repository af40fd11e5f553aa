"""The two faces of a one-shot run: JSON lines for programs, a transcript for people.

They only write what the pure mappings say; a face is told everything in order and never decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from journeyman.headless.jsonl import Event, ExecEvents
from journeyman.protocol.threads import ThreadStartResponse
from journeyman.transcript.transcript import Transcript
from journeyman.visible_text import escape_json


class Face(Protocol):
    """Shows a run while it happens."""

    def began(self, thread: ThreadStartResponse, prompt: str) -> None:
        """The thread is there, and the user's prompt is about to go out."""
        ...

    def tell(self, notification: msgspec.Struct) -> None:
        """Something happened in the thread."""
        ...

    def silent(self, seconds: int) -> None:
        """Nothing has happened for so long."""
        ...

    def failed(self, message: str) -> None:
        """The run ends after it began, and not by `turn/completed`."""
        ...


class JsonLines:
    """One JSON object a line; `write` takes whole lines and passes them on at once."""

    def __init__(self, write: Callable[[bytes], object], *, with_costs: bool = False) -> None:
        """Write the events of one thread; see `ExecEvents`."""
        self._write = write
        self._events = ExecEvents(with_costs=with_costs)

    def began(self, thread: ThreadStartResponse, prompt: str) -> None:
        """The prompt is not repeated: whoever reads this gave it."""
        del prompt
        self._put(self._events.thread_started(thread.thread.id))

    def tell(self, notification: msgspec.Struct) -> None:
        """Zero or more lines."""
        self._put(self._events.map(notification))

    def silent(self, seconds: int) -> None:
        """Programs need no sign of life."""

    def failed(self, message: str) -> None:
        """An error and the end of the turn."""
        self._put(self._events.failed(message))

    def _put(self, events: list[Event]) -> None:
        for event in events:
            self._write(escape_json(msgspec.json.encode(event)) + b"\n")


class TranscriptLines:
    """The transcript; `write` takes text that ends with a newline and passes it on at once."""

    def __init__(self, transcript: Transcript, write: Callable[[str], object]) -> None:
        """Write one transcript."""
        self._transcript = transcript
        self._write = write

    def began(self, thread: ThreadStartResponse, prompt: str) -> None:
        """The header and the prompt."""
        self._put([*self._transcript.header(thread), *self._transcript.user(prompt)])

    def tell(self, notification: msgspec.Struct) -> None:
        """Zero or more lines."""
        self._put(self._transcript.map(notification))

    def silent(self, seconds: int) -> None:
        """One line."""
        self._put(self._transcript.silent(seconds))

    def failed(self, message: str) -> None:
        """Nothing: the caller writes the error line of the program."""

    def _put(self, lines: list[str]) -> None:
        if lines:
            self._write("\n".join(lines) + "\n")
