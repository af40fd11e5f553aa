"""Says everything but some paths in Landlock's words, which can only allow: by naming what is beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def readable_beside(unreadable: Iterable[str]) -> list[str]:
    """Directories and files that together hold everything but `unreadable`, as it is now.

    What is made later beside an unreadable path cannot be read either.
    """
    denied = frozenset(unreadable)
    if not denied:
        return ["/"]
    found: list[str] = []
    waiting = ["/"]
    while waiting:
        directory = waiting.pop()
        for path in _entries(directory):
            if path in denied:
                continue
            if any(other.startswith(path + "/") for other in denied):
                waiting.append(path)
            else:
                found.append(path)
    return sorted(found)


def _entries(directory: str) -> list[str]:
    try:
        return [str(path) for path in Path(directory).iterdir() if not path.is_symlink()]
    except OSError:
        return []
