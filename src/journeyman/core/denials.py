"""When a turn is stopped because its model keeps trying what the automatic reviewer denies.

The limits are the reference program's. Only what was judged counts as denied: a reviewer that is late or fails says
nothing of the action, and ends a row as an approval does.
"""

from __future__ import annotations

from collections import deque

_MOST_IN_A_ROW = 3
_MOST_RECENT = 10
_RECENT = 50


class Denials:
    """Counts the reviews of one turn at a time."""

    def __init__(self) -> None:
        """Nothing was reviewed yet."""
        self._turn_id = ""
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._row = 0

    def count(self, turn_id: str, *, denied: bool) -> str | None:
        """Take one review of this turn; how much was denied, in words, where it was too much."""
        if turn_id != self._turn_id:
            self._turn_id, self._row = turn_id, 0
            self._recent.clear()
        self._recent.append(denied)
        self._row = self._row + 1 if denied else 0
        if not denied or (self._row < _MOST_IN_A_ROW and sum(self._recent) < _MOST_RECENT):
            return None
        return f"{self._row} in a row, {sum(self._recent)} of the last {len(self._recent)}"
