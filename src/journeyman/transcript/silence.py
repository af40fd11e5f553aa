"""When a run that says nothing gives a sign of life. Pure: instants in, seconds out."""

from __future__ import annotations

# Soon at first, then ever more rarely, so that a log stays short.
_MARKS_SECONDS = (2, 5, 10, 20, 40, 60)


class Silence:
    """The silence since the last news; instants in seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        """Silent from now on."""
        self._since = now
        self._told = 0

    def news(self, now: float) -> None:
        """Something was shown."""
        self._since = now
        self._told = 0

    def due(self, now: float) -> int | None:
        """For how many whole seconds to say that nothing came; None when it is not time to say so."""
        seconds = int(now - self._since)
        mark = next((mark for mark in _MARKS_SECONDS if mark > self._told), self._told + 60)
        if seconds < mark:
            return None
        self._told = seconds
        return seconds
