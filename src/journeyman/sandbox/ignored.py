"""Finds what a project denies its commands to read: `.journeymanignore` at its root, and the user's patterns.

The file is in gitignore syntax. It comes with the repository, so all it can do is deny more. What the walk
has seen is kept: the next one looks only into directories that changed.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.ignore_rules import IgnoreError, IgnoreRules
from journeyman.sandbox.policy import IGNORE_FILE

_MAX_FILE_BYTES = 256 << 10
# Each is a mount of its own for every command.
_MAX_PATHS = 1_000
# A directory that changed this lately may change again without its time telling.
_SETTLED_NS = 2_000_000_000
_FIX_MANY = "Name directories (with a slash at the end) instead of the files in them"


class _Seen(NamedTuple):
    changed_ns: int
    settled: bool
    directories: list[str]
    named: list[str]


class IgnoredPaths:
    """What is denied below the roots of one process's commands, remembered from command to command."""

    def __init__(self) -> None:
        """Nothing has been looked at."""
        self._seen: dict[tuple[str, tuple[str, ...]], dict[str, _Seen]] = {}

    def find(self, directories: Sequence[str], patterns: Sequence[str]) -> list[str]:
        """The paths that are denied for commands that work in `directories`.

        Args:
            directories: absolute, such as a command's working directory and its writable roots.
            patterns: the user's own, in gitignore syntax; they count at the root of each project.

        Raises:
            ConfinementError: the patterns cannot be applied, so that nothing may run.
        """
        found: list[str] = []
        for root in _roots(directories):
            own = _lines_of(f"{root}/{IGNORE_FILE}")
            for lines in (own, tuple(patterns)):
                if lines:
                    found += self._named(root, lines)
        if len(found) > _MAX_PATHS:
            reason = f"more than {_MAX_PATHS:,} paths are denied by {IGNORE_FILE} and deny_read"
            raise ConfinementError(reason, fix=_FIX_MANY)
        return found

    def _named(self, root: str, lines: tuple[str, ...]) -> Iterator[str]:
        try:
            rules = IgnoreRules(lines)
        except IgnoreError as error:
            reason = f"{root}/{IGNORE_FILE} cannot be applied: {error}"
            raise ConfinementError(reason, fix=f"Shorten {IGNORE_FILE}") from error
        if not rules:
            return
        before = self._seen.get((root, lines), {})
        now: dict[str, _Seen] = {}
        waiting = [""]
        while waiting:
            directory = waiting.pop()
            seen = _look(root, directory, rules, before.get(directory))
            if seen is None:
                continue
            now[directory] = seen
            waiting += seen.directories
            yield from (f"{root}/{path}" for path in seen.named)
        self._seen[root, lines] = now


def _look(root: str, directory: str, rules: IgnoreRules, before: _Seen | None) -> _Seen | None:
    """What is in a directory; None where it cannot be read, which a command cannot either."""
    absolute = f"{root}/{directory}"
    try:
        changed_ns = os.lstat(absolute).st_mtime_ns
        if before is not None and before.settled and before.changed_ns == changed_ns:
            return before
        with os.scandir(absolute) as entries:
            found = list(entries)
    except OSError:
        return None
    directories: list[str] = []
    named: list[str] = []
    for entry in found:
        path = f"{directory}/{entry.name}" if directory else entry.name
        is_directory = entry.is_dir(follow_symlinks=False)
        if rules.name(path, is_directory=is_directory):
            named.append(path)
        elif is_directory and entry.name != ".git":
            directories.append(path)
    settled = time.time_ns() - changed_ns > _SETTLED_NS
    return _Seen(changed_ns, settled, directories, named)


def _roots(directories: Sequence[str]) -> list[str]:
    """The projects around these directories: up to the repository, each directory that has the file, or could."""
    found: dict[str, None] = {}
    for directory in directories:
        real = os.path.realpath(directory)
        found[real] = None
        above = real
        while above != "/":
            if os.path.lexists(f"{above}/.git"):
                found[above] = None
                break
            above = os.path.dirname(above)  # noqa: PTH120 -- pure text, once for every command
    return list(found)


def _lines_of(path: str) -> tuple[str, ...]:
    try:
        # A pipe in its place must not hold us, and a link could be replaced by a command.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ()
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise ConfinementError(
            reason, fix="Make it a file that can be read, or remove it"
        ) from error
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ConfinementError(f"{path} is no file", fix="Replace it by a text file")
        data = file.read(_MAX_FILE_BYTES + 1)
    if len(data) > _MAX_FILE_BYTES:
        raise ConfinementError(
            f"{path} is larger than {_MAX_FILE_BYTES >> 10} KiB", fix="Shorten it"
        )
    return tuple(os.fsdecode(data).removeprefix("\ufeff").splitlines())
