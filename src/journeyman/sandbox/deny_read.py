"""What no confined command may read: keys, tokens and cookies, and what the user adds.

A backend that cannot hide a path from a command does not offer confinement at all.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.ignored import IgnoredPaths
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.secret_files import (
    IN_HOME,
    OF_THE_SYSTEM,
    SETTINGS_IN_HOME,
    SIGN_OF_A_SECRET,
)

_SETTINGS = tuple(f"/{name}" for name in SETTINGS_IN_HOME)
# More are taken for settings with a secret.
_SETTINGS_BYTES = 64 << 10
_IN_AGENT_HOME = ("auth.json", "provider_keys.json", "mcp_credentials.json", "app-server.token")

FindHomes = Callable[[Mapping[str, str]], tuple[str, ...]]


class _Names(dict[str, "_Names"]):
    """Names by what is named below them; where that is nothing, a path ends."""


class ReadDenials:
    """Finds for each command what it may not read."""

    def __init__(self, patterns: Sequence[str], homes: FindHomes = home_directories) -> None:
        """Take absolute patterns that hold for every command, beside the keys in home directories.

        `homes` finds those directories for an environment.
        """
        self._homes = homes
        self._patterns = tuple(patterns)
        self._ignored = IgnoredPaths()

    def paths(self, policy: Policy, env: Mapping[str, str], cwd: str) -> tuple[str, ...]:
        """What is there now, without links, parents before children.

        Raises:
            ConfinementError: what a project denies cannot be found out.
        """
        patterns = (
            *default_deny_read(self._homes(env)),
            *self._patterns,
            *policy.deny_read,
        )
        denied = unreadable_paths(patterns)
        if policy.ignore is None:
            return denied
        in_projects = self._ignored.find((cwd, *policy.writable_roots), policy.ignore)
        if not in_projects:
            return denied
        return tuple(sorted({*denied, *map(os.path.realpath, in_projects)}))

    def reader(self, policy: Policy, env: Mapping[str, str], cwd: str) -> Callable[[str], bool]:
        """Says of absolute paths whether the agent may read them for the model, as a command might now."""
        denied: list[tuple[str, ...] | None] = []

        def may_read(path: str) -> bool:
            if not policy.confined:
                return True
            if not denied:
                try:
                    denied.append(self.paths(policy, env, cwd))
                except ConfinementError:
                    denied.append(None)
            real, found = os.path.realpath(path), denied[0]
            return found is not None and not any(
                real == other or real.startswith(f"{other}/") for other in found
            )

        return may_read


def default_deny_read(homes: Iterable[str]) -> tuple[str, ...]:
    """The patterns for these home directories, as far as there is anything, and the system."""
    found = [path for home in homes for path in _there(home, _names_in_home())]
    kept = [path for path in found if not path.endswith(_SETTINGS) or _holds_a_secret(path)]
    return (*map(glob.escape, kept), *OF_THE_SYSTEM)


@cache
def _names_in_home() -> _Names:
    names = _Names()
    for path in (*IN_HOME, *SETTINGS_IN_HOME):
        inner = names
        for part in path.split("/"):
            inner = inner.setdefault(part, _Names())
    return names


def _there(directory: str, names: _Names) -> Iterator[str]:
    """Paths of the names that are there: one look at each directory instead of one for each name."""
    try:
        seen = {name.casefold() for name in os.listdir(directory)}  # noqa: PTH208 -- names only, for every command
    except NotADirectoryError:
        return
    except OSError:
        seen = {name.casefold() for name in names}  # it cannot be listed, but perhaps entered
    for name, inner in names.items():
        path = f"{directory}/{name}"
        if name.casefold() not in seen:
            continue
        if inner:
            yield from _there(path, inner)
        else:
            yield path


def _holds_a_secret(path: str) -> bool:
    """Whether settings look so; what cannot be looked at is left out by whoever asks for it."""
    try:
        # A pipe in its place must not hold us.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        text = os.read(fd, _SETTINGS_BYTES)
        return len(text) == _SETTINGS_BYTES or SIGN_OF_A_SECRET.search(text) is not None
    except OSError:
        return True
    finally:
        os.close(fd)


def agent_secrets(agent_home: str) -> tuple[str, ...]:
    """The patterns for the agent's own directory."""
    return tuple(f"{glob.escape(agent_home)}/{name}" for name in _IN_AGENT_HOME)


def unreadable_paths(patterns: Iterable[str]) -> tuple[str, ...]:
    """What these patterns name on this disk now, without links, parents before children.

    What this user cannot read anyway is left out.
    """
    found: set[str] = set()
    for pattern in patterns:
        plain = pattern.rstrip("/")
        is_pattern = any(character in plain for character in "*?[")
        matches = Path("/").glob(plain.lstrip("/")) if is_pattern else [plain]
        found.update(os.path.realpath(path) for path in matches if os.access(path, os.R_OK))
    return tuple(sorted(found))
