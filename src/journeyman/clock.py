"""Time as a port: what the product knows about now, so that tests can hold time still.

Owns nothing but the two readings; formatting of instants belongs to whoever writes them.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, with fractions."""
        ...

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back, for durations."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()  # noqa: TID251 -- this is the one place that reads the real clock

    def monotonic(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()


def rfc3339(seconds: float) -> str:
    """The instant as rollouts write it: UTC with milliseconds, `2026-11-22T16:50:26.395Z`."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03d}Z"
