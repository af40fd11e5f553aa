"""The program of `notify`: told of each turn that the model has finished, while the thread goes on.

It gets one argument more, a JSON object of the published form. It never holds up or fails a turn and may outlive
the thread; that it failed is told once. What does not fit into an argument is cut: the oldest messages go first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from journeyman.core.fragments import is_from_user
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.history import HistoryItem, Message, text_of
from journeyman.sandbox.api import UserPrograms

# Linux takes no argument of 128 KiB or more; a character is up to six bytes of JSON.
_MOST_BYTES = 125_000
_MOST_CHARACTERS = 10_000
_MOST_MESSAGES = 100


class Notify(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, as a program with its arguments, and who drives the agent; nothing is run without a command."""

    command: tuple[str, ...] = ()
    client: str | None = None


class _Told(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", omit_defaults=True):
    type: str
    thread_id: str
    turn_id: str
    cwd: str
    input_messages: list[str]
    last_assistant_message: str | None
    client: str | None = None


class TurnNotice:
    """Runs the program for one thread."""

    def __init__(
        self,
        notify: Notify,
        programs: UserPrograms,
        journal: Journal,
        settings: Callable[[], ThreadSettings],
    ) -> None:
        """Tell of what is in `journal`; run where and with what `settings` say at the time."""
        self._notify = notify
        self._programs = programs
        self._journal = journal
        self._settings = settings
        self._has_failed = False

    def turn_ended(self, last_message: str | None) -> None:
        """The model has finished a turn, with this as its last message."""
        if not self._notify.command:
            return
        settings = self._settings()
        told = _Told(
            type="agent-turn-complete",
            thread_id=self._journal.thread_id,
            turn_id=self._journal.turn_id,
            cwd=settings.cwd,
            input_messages=_texts(self._journal.history),
            last_assistant_message=last_message and last_message[:_MOST_CHARACTERS],
            client=self._notify.client,
        )
        self._programs.start(
            (*self._notify.command, _fitting(told)),
            cwd=settings.cwd,
            env=settings.command_env,
            on_end=self._ended,
        )

    def _ended(self, failure: str | None) -> None:
        if failure is None or self._has_failed:
            return
        self._has_failed = True
        program = self._notify.command[0]
        self._journal.warn(
            f"The program of `notify`, {program}, failed: {failure}. Further failures are not told."
        )


def _texts(history: Sequence[HistoryItem]) -> list[str]:
    said = [
        text_of(item.content)[:_MOST_CHARACTERS]
        for item in history
        if isinstance(item, Message) and is_from_user(item)
    ]
    return said[-_MOST_MESSAGES:]


def _fitting(told: _Told) -> str:
    texts = told.input_messages
    while len(encoded := msgspec.json.encode(told)) > _MOST_BYTES and texts:
        texts = texts[1:]
        told = msgspec.structs.replace(told, input_messages=texts)
    return encoded.decode()
