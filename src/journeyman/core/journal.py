"""The journal of one thread: every fact goes into the rollout first and to the clients second.

Owns the open items, so that each started item is completed exactly once, and the history that the model sees.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from journeyman.clock import Clock
from journeyman.models.foreign import handed_over
from journeyman.protocol import events
from journeyman.protocol.history import HistoryItem, encode_history_item
from journeyman.protocol.items import (
    AgentMessageItem,
    ThreadItem,
)
from journeyman.protocol.threads import Active
from journeyman.protocol.usage import ThreadTokenUsage
from journeyman.store.blobs import GrowingBlob
from journeyman.store.errors import StoreError
from journeyman.store.rollout import Rollout
from journeyman.store.turns import settled

_OF_MESSAGES = frozenset(("user_message", "agent_message"))
Emit = Callable[[events.Notification], None]


class Journal:
    """Records and tells what happens in one thread; `turn_id` is that of the turn in progress."""

    def __init__(self, thread_id: str, rollout: Rollout, emit: Emit, clock: Clock) -> None:
        """Write to `rollout`, tell `emit`."""
        self.thread_id = thread_id
        self.turn_id = ""
        # What a provider knows a growing prefix by.
        self.cache_key = thread_id
        self.clock = clock
        self.history: list[HistoryItem] = []
        self._model: str | None = None
        self._rollout = rollout
        self._emit = emit
        self._open_items: dict[str, ThreadItem] = {}
        self._outputs: dict[str, GrowingBlob] = {}
        self._waits: list[str] = []
        self._is_broken = False

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return int(self.clock.now() * 1000)

    @contextmanager
    def aside(self) -> Generator[None]:
        """A history of its own for as long as it lasts, of which the thread's knows nothing afterwards.

        Items and commands are told and recorded as ever, but no messages: what came of it is the caller's to say.
        """
        history, self.history = self.history, []
        self.cache_key = self.turn_id
        try:
            yield
        finally:
            self.history = history
            self.cache_key = self.thread_id

    @property
    def is_aside(self) -> bool:
        """Whether a history of its own is worked on, such as a review's."""
        return self.cache_key != self.thread_id

    def load(self, history: Sequence[HistoryItem], model: str | None) -> None:
        """Begin with what is recorded; `model` is that of the last turn."""
        self.history[:] = history
        self._model = model

    def hand_over(self, model: str) -> None:
        """The next turn asks this model: what only the one before can read leaves the history.

        Readers of the rollout do the same where the model of two turns differs.
        """
        if self._model and self._model != model:
            self.history[:] = handed_over(self.history)
        self._model = model

    def add_to_history(self, item: HistoryItem) -> None:
        """Append one item to what the model sees."""
        if self.is_aside:
            self.history.append(item)
            return
        self._append("response_item", encode_history_item(item))
        self.history.append(item)

    def replace_history(self, summary: str, items: Sequence[HistoryItem]) -> None:
        """Put `items`, which hold the summary, in the place of all that the model saw."""
        if self.is_aside:
            self.history[:] = items
            return
        encoded = [encode_history_item(item) for item in items]
        self._append("compacted", {"message": summary, "replacement_history": encoded})
        self.history[:] = items

    def record(self, kind: str, payload: dict[str, Any]) -> None:
        """Write a line that no client is told of."""
        self._append(kind, payload)

    def record_event(self, event_type: str, **members: Any) -> None:
        """Write an `event_msg` line."""
        if self.is_aside and event_type in _OF_MESSAGES:
            return
        self._append("event_msg", {"type": event_type, **members})

    def notify(self, notification: events.Notification) -> None:
        """Tell the clients something that needs no record, such as a delta."""
        if self.is_aside and isinstance(notification, events.AgentMessageDeltaNotification):
            return
        self._emit(notification)

    def start_item(self, item: ThreadItem) -> None:
        """An item begins."""
        if self.is_aside and isinstance(item, AgentMessageItem):
            return
        at_ms = self.now_ms()
        self._append_item("item_started", item, at_ms)
        self._open_items[item.id] = item
        self._emit(
            events.ItemStartedNotification(
                thread_id=self.thread_id, turn_id=self.turn_id, item=item, started_at_ms=at_ms
            )
        )

    def complete_item(self, item: ThreadItem) -> None:
        """An item settles; one that is not open is left as it is."""
        if self._open_items.pop(item.id, None) is None:
            return
        at_ms = self.now_ms()
        self._append_item("item_completed", item, at_ms, **self._finished_output(item.id))
        self._emit(
            events.ItemCompletedNotification(
                thread_id=self.thread_id, turn_id=self.turn_id, item=item, completed_at_ms=at_ms
            )
        )

    def keep_output(self, item_id: str, limit_bytes: int) -> Callable[[bytes], None]:
        """Begin to keep for its user what an open item's command prints beyond what the item holds.

        Returns what takes the bytes; at most about `limit_bytes` of them are kept, and none of an earlier run.
        """
        if earlier := self._outputs.pop(item_id, None):
            earlier.discard()
        is_kept = limit_bytes > 0 and item_id in self._open_items and not self._is_broken
        blob = self._rollout.grow_blob(limit_bytes) if is_kept else None
        if blob is None:
            return lambda _: None
        self._outputs[item_id] = blob
        return blob.write

    def add_item(self, item: ThreadItem) -> None:
        """An item that is whole at once."""
        self.start_item(item)
        self.complete_item(item)

    def settle_open_items(self) -> None:
        """Complete whatever is still open, as failed where the item has a status."""
        for item in list(self._open_items.values()):
            self.complete_item(settled(item))

    def tell_usage(self, usage: ThreadTokenUsage) -> None:
        """Record and tell the tokens used."""
        info: dict[str, Any] = {
            "total_token_usage": msgspec.structs.asdict(usage.total),
            "last_token_usage": msgspec.structs.asdict(usage.last),
            "model_context_window": usage.model_context_window,
        }
        self.record_event("token_count", info=info)
        self._emit(
            events.TokenUsageUpdatedNotification(
                thread_id=self.thread_id, turn_id=self.turn_id, token_usage=usage
            )
        )

    def warn(self, message: str) -> None:
        """Tell the user something that stops nothing."""
        self._emit(events.WarningNotification(message=message, thread_id=self.thread_id))

    @contextmanager
    def waiting(self, flag: str) -> Generator[None]:
        """Show that the turn waits for somebody, by this flag, for as long as it lasts; several may at once."""
        self._waits.append(flag)
        if self._waits.count(flag) == 1:
            self._tell_waits()
        try:
            yield
        finally:
            self._waits.remove(flag)
            if flag not in self._waits:
                self._tell_waits()

    def _tell_waits(self) -> None:
        status = Active(active_flags=sorted(set(self._waits)))
        self._emit(events.ThreadStatusChangedNotification(thread_id=self.thread_id, status=status))

    def _append(self, kind: str, payload: dict[str, Any]) -> None:
        """Write one line. The first failure ends the turn; after it the turn can still settle, unrecorded."""
        if self._is_broken:
            return
        try:
            self._rollout.append(kind, payload)
        except StoreError:
            self._is_broken = True
            raise

    def _finished_output(self, item_id: str) -> dict[str, Any]:
        """The member of an item's line that says what is kept of its output, where it is more than the item holds."""
        blob = self._outputs.pop(item_id, None)
        output = blob.finish() if blob else None
        if blob and blob.problem:
            self.warn(f"Of a long output only head and tail could be kept: {blob.problem}")
        return {"output": msgspec.to_builtins(output)} if output else {}

    def _append_item(self, kind: str, item: ThreadItem, at_ms: int, **members: Any) -> None:
        self._append(
            kind,
            {
                "thread_id": self.thread_id,
                "turn_id": self.turn_id,
                "item": msgspec.to_builtins(item),
                "at_ms": at_ms,
                **members,
            },
        )
