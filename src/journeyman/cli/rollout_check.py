"""Looks, while a rollout is read, whether its lines are as they were written; tells the user where not."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path

from journeyman.store.errors import StoreError
from journeyman.store.seal import changed_before

# Below, a thread costs more than the look.
_SMALL_BYTES = 4 << 20


class RolloutCheck:
    """One look at one file, beside whoever reads it."""

    def __init__(self, path: Path) -> None:
        """Begin."""
        self._path = path
        self._changed_before: str | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)
        if path.stat().st_size > _SMALL_BYTES:
            self._thread.start()
        else:
            self._look()

    def warnings(self) -> Sequence[str]:
        """What to tell the user; waits for the end of the look."""
        if self._thread.ident is not None:
            self._thread.join()
        if self._changed_before is None:
            return ()
        told = (
            f"This thread's file was changed after it was written (before {self._changed_before}):"
            " what it says, and what the model now believes, may not be what happened."
            f" If that was not you, start a new thread and look at {self._path}."
        )
        return (told,)

    def _look(self) -> None:
        # Whoever reads the thread will say so, if it cannot be read.
        with contextlib.suppress(StoreError):
            self._changed_before = changed_before(self._path)
