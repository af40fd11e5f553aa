"""The queue of one thread: what the user wants to say after the running turn, in an order that can be changed.

Every change is recorded, so that the queue outlives the process, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from journeyman.core.turn_input import check_said
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.queue import QueuedSubmission


class Queue:
    """The entries, the next one first."""

    def __init__(self, entries: Sequence[QueuedSubmission], on_changed: Callable[[], None]) -> None:
        """Begin with what is recorded; `on_changed` records and tells."""
        self._entries = list(entries)
        self._on_changed = on_changed

    @property
    def entries(self) -> list[QueuedSubmission]:
        """What is queued."""
        return list(self._entries)

    def add(self, content: list[UserInput], client_id: str) -> QueuedSubmission:
        """Put something at the end; raises `RpcError` where it is empty or cannot be read."""
        check_said(content)
        entry = QueuedSubmission(id=new_id(), input=content, client_user_message_id=client_id)
        self._entries.append(entry)
        self._on_changed()
        return entry

    def update(self, entry_id: str, content: list[UserInput]) -> QueuedSubmission:
        """Replace what an entry says; raises `RpcError` where there is none of this id."""
        check_said(content)
        place = self._place(entry_id)
        self._entries[place] = msgspec.structs.replace(self._entries[place], input=content)
        self._on_changed()
        return self._entries[place]

    def delete(self, entry_id: str) -> bool:
        """Take an entry out; whether it was there."""
        kept = [entry for entry in self._entries if entry.id != entry_id]
        if len(kept) == len(self._entries):
            return False
        self._entries = kept
        self._on_changed()
        return True

    def reorder(self, entry_ids: Sequence[str]) -> None:
        """Bring the entries into this order; raises `RpcError` unless each is named once."""
        by_id = {entry.id: entry for entry in self._entries}
        if sorted(by_id) != sorted(entry_ids):
            message = "queue reorder must include every queued submission exactly once"
            raise RpcError(message)
        self._entries = [by_id[entry_id] for entry_id in entry_ids]
        self._on_changed()

    def take(self, entry_id: str | None = None) -> QueuedSubmission:
        """Take out an entry, the first where none is named; raises `RpcError` where there is none."""
        if not self._entries:
            message = "queue is empty"
            raise RpcError(message)
        entry = self._entries.pop(0 if entry_id is None else self._place(entry_id))
        self._on_changed()
        return entry

    def _place(self, entry_id: str) -> int:
        for place, entry in enumerate(self._entries):
            if entry.id == entry_id:
                return place
        message = f"queued submission not found: {entry_id}"
        raise RpcError(message)
