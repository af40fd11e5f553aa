"""File changes shown while the calls that would make them are still being written.

Owns how often: at once, then at most twice a second, and so that all that is told of a call stays in proportion to
the call itself. A preview is a promise of nothing; one of a call that never comes whole is taken back.
"""

from __future__ import annotations

from collections.abc import Callable

from journeyman.core.journal import Journal
from journeyman.models.api import InputDelta
from journeyman.protocol import events
from journeyman.protocol.history import CustomToolCall, FunctionCall, HistoryItem
from journeyman.protocol.items import FileUpdateChange
from journeyman.tools.api import Preview

_SECONDS_BETWEEN = 0.5
# Each telling repeats the changes from their start: this much for each character written, beyond what is free.
_TOLD_PER_CHARACTER = 8
_FREE_CHARACTERS = 256_000
PreviewOf = Callable[[str], Preview | None]


def no_preview(_: str) -> None:
    """A `PreviewOf` for steps without tools."""


class _Growing:
    """One call while it is written."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.told_at: float | None = None
        self.told_size = 0
        self.told_in_all = 0
        self.written = 0

    def is_due(self, now: float) -> bool:
        size = self.preview.size
        if size == self.told_size:
            return False
        if self.told_at is not None and now - self.told_at < _SECONDS_BETWEEN:
            return False
        allowed = _FREE_CHARACTERS + _TOLD_PER_CHARACTER * self.written
        return self.told_in_all + size <= allowed


class CallPreviews:
    """The calls of one answer."""

    def __init__(self, journal: Journal, preview_of: PreviewOf) -> None:
        """Tell through `journal`; `preview_of` knows by its name whether a tool has previews."""
        self._journal = journal
        self._preview_of = preview_of
        self._calls: dict[str, _Growing | None] = {}
        self._used: set[str] | None = None

    def add(self, event: InputDelta) -> None:
        """More of a call was written."""
        call = self._call(event)
        if call is None:
            return
        call.written += len(event.text)
        call.preview.add(event.member, event.text)
        now = self._journal.clock.monotonic()
        if call.is_due(now):
            call.told_at = now
            self._tell(event.call_id, call)

    def complete(self, item: HistoryItem) -> None:
        """A call is whole: what of it was not told yet is told."""
        if isinstance(item, FunctionCall | CustomToolCall):
            call = self._calls.get(item.call_id)
            if call is not None and call.preview.size != call.told_size:
                self._tell(item.call_id, call)

    def settle(self) -> None:
        """The answer is whole; its calls are shown by their own items from here on."""
        self._calls.clear()

    def take_back(self) -> None:
        """The answer is void, and no call of it will run."""
        for call_id, call in self._calls.items():
            if call is not None and call.told_size:
                self._notify(call_id, [])
        self._calls.clear()

    def _call(self, event: InputDelta) -> _Growing | None:
        if event.call_id in self._calls:
            return self._calls[event.call_id]
        preview = None if event.call_id in self._used_ids() else self._preview_of(event.tool)
        call = None if preview is None else _Growing(preview)
        self._calls[event.call_id] = call
        return call

    def _used_ids(self) -> set[str]:
        """Ids of earlier calls; one that comes again gets another one later, which is not known yet."""
        if self._used is None:
            self._used = {
                item.call_id
                for item in self._journal.history
                if isinstance(item, FunctionCall | CustomToolCall)
            }
        return self._used

    def _tell(self, call_id: str, call: _Growing) -> None:
        call.told_size = call.preview.size
        call.told_in_all += call.told_size
        self._notify(call_id, call.preview.changes())

    def _notify(self, call_id: str, changes: list[FileUpdateChange]) -> None:
        self._journal.notify(
            events.FileChangePatchUpdatedNotification(
                thread_id=self._journal.thread_id,
                turn_id=self._journal.turn_id,
                item_id=call_id,
                changes=changes,
            )
        )
