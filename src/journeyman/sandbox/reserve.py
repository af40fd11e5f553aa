"""Holds missing protected names for the bubblewrap backend: removes them a little after the last command.

What a held name is, and who else may hold it, is held_names.py's.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Iterable

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.held_names import KEPT_SECONDS, HeldNames


class ReservedNames:
    """The names this process holds at the moment."""

    def __init__(self) -> None:
        """Hold nothing; what is held when the program ends is let go then."""
        self._names = HeldNames()
        self._removal: asyncio.TimerHandle | None = None
        atexit.register(self.remove_unused)

    def is_wanted(self, path: str) -> bool:
        """See `HeldNames.is_wanted`."""
        return self._names.is_wanted(path)

    def hold(self, paths: Iterable[str]) -> None:
        """Hold each name once more, making it where it is missing.

        Raises:
            ConfinementError: one cannot be made; none is held.
        """
        try:
            self._names.hold(paths)
        except OSError as error:
            raise ConfinementError(
                f"cannot protect {error.filename}: {error.strerror}",
                fix="Make its directory writable, or use -s read-only",
            ) from error

    def release(self, paths: Iterable[str]) -> None:
        """Let go of each name; those that nobody holds are removed a little later."""
        self._names.release(paths)
        if self._removal is None:
            loop = asyncio.get_running_loop()
            self._removal = loop.call_later(KEPT_SECONDS, self.remove_unused)

    def remove_unused(self) -> None:
        """Remove the names that nobody holds, unless somebody put something there."""
        if self._removal is not None:
            self._removal.cancel()
            self._removal = None
        self._names.remove_unused()
