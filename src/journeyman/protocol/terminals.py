"""Commands that a turn left running: shown, and ended one by one or all."""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class ThreadBackgroundTerminalsListParams(Wire, frozen=True):
    """The commands of a thread that still run."""

    thread_id: str
    cursor: str | None = None
    limit: int | None = None


class ThreadBackgroundTerminal(Wire, frozen=True):
    """One of them; `process_id` is what it is ended by, `item_id` the item it began with."""

    item_id: str
    process_id: str
    command: str
    cwd: str


class ThreadBackgroundTerminalsListResponse(Wire, frozen=True):
    """One page; `next_cursor` is null on the last."""

    data: list[ThreadBackgroundTerminal]
    next_cursor: str | None = None


class ThreadBackgroundTerminalsTerminateParams(Wire, frozen=True):
    """End one of them."""

    thread_id: str
    process_id: str


class ThreadBackgroundTerminalsTerminateResponse(Wire, frozen=True):
    """Whether it was there to be ended."""

    terminated: bool


class ThreadBackgroundTerminalsCleanParams(Wire, frozen=True):
    """End them all."""

    thread_id: str
