"""Shows a thread while it works: messages as they stream, the rest as lines of the transcript.

Owns whether the last line is still open. Everything foreign passes `visible` before it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from journeyman.protocol import events, items
from journeyman.protocol.spending import Spending, UsageUpdatedNotification
from journeyman.protocol.threads import ThreadStartResponse
from journeyman.protocol.usage import ThreadTokenUsage
from journeyman.transcript.style import Style
from journeyman.transcript.transcript import Transcript
from journeyman.visible_text import visible

_AFTER_A_PLAN = "[/plan go carries it out; or say what to change, or /plan off]"


class TurnView:
    """What one thread's notifications look like; remembers what commands ask for later.

    Attributes:
        diff: of the last turn that changed files, unified; empty before.
        usage: the thread's tokens, once they were told.
        spent: what the thread's requests cost, once that was told.
        changes: the file changes of items that are not settled, by item id.
    """

    def __init__(self, transcript: Transcript, style: Style, write: Callable[[str], None]) -> None:
        """Write through `write`, which takes text that is safe to print."""
        self.diff = ""
        self.usage: ThreadTokenUsage | None = None
        self.spent: Spending | None = None
        self.changes: dict[str, Sequence[items.FileUpdateChange]] = {}
        self._transcript = transcript
        self._style = style
        self._write = write
        self._streamed: dict[str, int] = {}
        self._growing = ""
        self._open_line = False

    def show(self, notification: msgspec.Struct) -> None:
        """Show one notification."""
        match notification:
            case events.AgentMessageDeltaNotification():
                self._stream(notification.item_id, notification.delta, "journeyman")
                return
            case events.PlanDeltaNotification():
                self._stream(notification.item_id, notification.delta, "plan")
                return
            case events.ItemCompletedNotification(
                item=items.AgentMessageItem() | items.PlanItem() as item
            ) if item.id in self._streamed:
                self._end_message(item)
                return
            case events.ItemStartedNotification(item=items.FileChangeItem() as item):
                self.changes[item.id] = item.changes
            case events.ItemCompletedNotification(item=items.FileChangeItem() as item):
                self.changes.pop(item.id, None)
            case events.TurnDiffUpdatedNotification():
                self.diff = notification.diff
            case events.TokenUsageUpdatedNotification():
                self.usage = notification.token_usage
            case UsageUpdatedNotification():
                self.spent = notification.thread
            case _:
                pass
        self.lines(self._transcript.map(notification))

    def lines(self, lines: Sequence[str]) -> None:
        """Write whole lines; they are safe to print."""
        if lines:
            self._close_line()
            self._write("\n".join(lines) + "\n")

    def header(self, thread: ThreadStartResponse) -> None:
        """Show the thread's settings."""
        self.lines(self._transcript.header(thread))

    def silent(self, seconds: int) -> None:
        """Say that nothing came for so long."""
        self.lines(self._transcript.silent(seconds))

    def _stream(self, item_id: str, delta: str, title: str) -> None:
        if item_id != self._growing:
            self.lines([self._style.heading(title)])
            self._growing = item_id
            self._streamed.setdefault(item_id, 0)
        if delta:
            self._streamed[item_id] += len(delta)
            text = visible(delta)
            self._write(text)
            self._open_line = not text.endswith("\n")

    def _end_message(self, item: items.AgentMessageItem | items.PlanItem) -> None:
        rest = item.text[self._streamed.pop(item.id) :]
        if rest:
            self._write(visible(rest))
            self._open_line = not rest.endswith("\n")
        self._close_line()
        if isinstance(item, items.PlanItem):
            self.lines([self._style.quiet(_AFTER_A_PLAN)])

    def _close_line(self) -> None:
        if self._open_line:
            self._write("\n")
            self._open_line = False
