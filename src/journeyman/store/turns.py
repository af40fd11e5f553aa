"""Rebuilds turns from recorded events: which items each had, and how what never ended is settled."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from journeyman.protocol.items import (
    CommandExecutionItem,
    FileChangeItem,
    McpToolCallItem,
    ThreadItem,
)
from journeyman.protocol.turns import Turn, TurnError, TurnStatus
from journeyman.store.lines import ItemLine

# Makes an item whole again, of which its line holds a part.
Restore = Callable[[ThreadItem, ItemLine], ThreadItem]


class RecordedTurn:
    """One turn as its events come in."""

    def __init__(self, turn_id: str, started_at: int | None) -> None:
        """A turn begins; `started_at` in unix seconds."""
        self.id = turn_id
        self.error: TurnError | None = None
        self._started_at = started_at
        self._completed_at: int | None = None
        self._status: TurnStatus | None = None
        self._items: dict[str, ThreadItem] = {}
        self._lines: dict[str, ItemLine] = {}
        self._open: set[str] = set()
        self._derived: set[str] = set()

    @property
    def is_over(self) -> bool:
        """Whether its end was recorded."""
        return self._status is not None

    def start_item(self, item: ThreadItem, line: ItemLine) -> None:
        """An item began, as this line tells."""
        self._keep(item, line)
        self._open.add(item.id)

    def complete_item(self, item: ThreadItem, line: ItemLine) -> None:
        """An item settled; it keeps the place it began at."""
        self._keep(item, line)
        self._open.discard(item.id)

    def add_derived(self, item: ThreadItem) -> None:
        """An item made from an older kind of line; dropped where real item lines tell the turn."""
        if self._derived or not self._items:
            self._items[item.id] = item
            self._derived.add(item.id)

    def add_plan(self, item: ThreadItem, line: ItemLine) -> None:
        """A plan of the reference, which is a real line also where older kinds tell the rest of the turn."""
        if self._derived:
            self.add_derived(item)
        else:
            self.complete_item(item, line)

    def end(self, status: TurnStatus, completed_at: int | None) -> None:
        """The turn is over; a recorded error makes it a failed one."""
        self._status = "failed" if self.error and status == "completed" else status
        self._completed_at = completed_at

    def turn(self, restore: Restore, *, is_running: bool) -> Turn:
        """The turn; what never ended is settled, unless the turn is still running."""
        is_running = is_running and not self.is_over
        items: list[ThreadItem] = []
        for item_id, recorded in self._items.items():
            line = self._lines.get(item_id)
            item = recorded if line is None else restore(recorded, line)
            items.append(item if is_running or item_id not in self._open else settled(item))
        started, completed = self._started_at, self._completed_at
        return Turn(
            id=self.id,
            status=self._status or ("inProgress" if is_running else "interrupted"),
            items=items,
            error=self.error if self._status == "failed" else None,
            started_at=started,
            completed_at=completed,
            duration_ms=None
            if started is None or completed is None
            else (completed - started) * 1000,
        )

    def _keep(self, item: ThreadItem, line: ItemLine) -> None:
        self._forget_derived()
        self._items[item.id] = item
        self._lines.pop(item.id, None)
        if line.blob is not None or line.output is not None:
            self._lines[item.id] = line

    def _forget_derived(self) -> None:
        for item_id in self._derived:
            self._items.pop(item_id, None)
        self._derived.clear()


def settled(item: ThreadItem) -> ThreadItem:
    """An item that never completed, as failed where its type has a status."""
    if isinstance(item, CommandExecutionItem | FileChangeItem | McpToolCallItem):
        return msgspec.structs.replace(item, status="failed")
    return item
