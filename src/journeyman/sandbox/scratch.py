"""Private temporary directories: what commands see as /tmp, kept from one command to the next.

One for each set of writable roots, so that projects do not meet there; nobody else may enter. All are
removed when the program ends; after a kill they stay, empty of use, until the system clears its /tmp.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path


class Scratch:
    """The private temporary directories of this process."""

    def __init__(self, parent: Path, *, mode: int = 0o700) -> None:
        """Make them below `parent`, when they are wanted."""
        self._parent = parent
        self._mode = mode
        self._made: dict[tuple[str, ...], Path] = {}
        atexit.register(self.remove)

    def directory(self, roots: tuple[str, ...]) -> str:
        """The directory of commands that may write to `roots`.

        Raises:
            OSError: it cannot be made.
        """
        path = self._made.get(roots)
        if path is None or not path.is_dir():
            path = self._parent / f"journeyman-{os.urandom(8).hex()}"
            path.mkdir(mode=0o700)
            path.chmod(self._mode)
            self._made[roots] = path
        return str(path)

    def remove(self) -> None:
        """Remove them all, with what is in them."""
        if not self._made:
            return
        import shutil  # noqa: PLC0415 -- only wanted at the end, and costs the agent's start 5 ms

        for path in self._made.values():
            shutil.rmtree(path, ignore_errors=True)
        self._made.clear()
