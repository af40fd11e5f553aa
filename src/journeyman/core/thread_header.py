"""What lists show of a loaded thread, kept up to date while it lives; without turns."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from journeyman.protocol import threads
from journeyman.protocol.turns import Turn


class ThreadHeader:
    """The header of one thread."""

    def __init__(self, header: threads.Thread) -> None:
        """Begin with the header as it was recorded or made."""
        self._header = header
        self._at_rest: threads.ThreadStatus = threads.Idle()

    @property
    def has_name(self) -> bool:
        """Whether somebody named the thread."""
        return self._header.name is not None

    @property
    def preview(self) -> str:
        """What the thread began with."""
        return self._header.preview

    def shown(self, *, is_running: bool) -> threads.Thread:
        """The header as it is now."""
        status = threads.Active() if is_running else self._at_rest
        return msgspec.structs.replace(self._header, status=status)

    def dress(self, dressed: Callable[[threads.Thread], threads.Thread]) -> None:
        """Show from now on what its user gave it, such as a name; whoever gives it keeps it."""
        self._header = dressed(self._header)

    def begin_with(self, text: str) -> None:
        """The thread is recognised by the first text that it began with."""
        if not self._header.preview:
            self._header = msgspec.structs.replace(self._header, preview=text)

    def go_back_to(self, preview: str) -> None:
        """Turns were taken back, perhaps the first as well."""
        self._header = msgspec.structs.replace(self._header, preview=preview)

    def settle(self, turn: Turn, now: float) -> threads.ThreadStatus:
        """A turn ended `now`, in unix seconds; the status of the thread until the next one begins."""
        self._header = msgspec.structs.replace(self._header, updated_at=int(now))
        self._at_rest = threads.SystemFault() if turn.status == "failed" else threads.Idle()
        return self._at_rest
