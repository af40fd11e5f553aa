"""Which folders a user can be asked to open to commands for writing: real ones, and none that decides over more.

The path comes from a model. What is asked about is what it leads to, without links; whatever could be turned
against the user later (keys, home itself, protected names, what starts programs) is not even asked about.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.policy import Policy, is_protected

# Everything on the machine runs or obeys what is in these, or they are no files at all.
_OF_THE_SYSTEM = (
    "/Applications", "/Library", "/System", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc",
    "/run", "/sbin", "/sys", "/usr", "/var/lib", "/var/run", "/var/spool",
)  # fmt: skip
# Places of other programs' files and sockets; commands have some of their own.
_SHARED = ("/tmp", "/var/tmp", "/var")  # noqa: S108 -- names to refuse, not places to write to
# A hidden folder of the home is what programs outside of the sandbox start or obey, but for these.
_CACHES = (
    ".bun/install/cache", ".cache", ".cargo/git", ".cargo/registry", ".ccache", ".gradle/caches", ".ivy2/cache",
    ".m2/repository", ".npm", ".nuget/packages", ".pnpm-store", ".yarn/berry",
)  # fmt: skip
_STARTED_FROM_HOME = ("Library", "bin")
# Far below what a project's own folders are; a folder that takes longer to look through is taken as it is.
_DEPTH_SEARCHED = 3
_FOLDERS_SEARCHED = 2_000


_OBEYED = "what is started or obeyed outside of the sandbox"


class FolderRefusedError(Exception):
    """The folder cannot be asked for; the text says why, for the model."""


class RequestedFolders:
    """Judges the folders of one request; `denied` is what commands may not read now, without links."""

    def __init__(
        self, policy: Policy, env: Mapping[str, str], cwd: str, denied: Iterable[str]
    ) -> None:
        """Judge for commands under `policy` in `cwd`."""
        self._policy = policy
        self._cwd = cwd
        self._home = env.get("HOME") or "/"
        self._homes = home_directories(env)
        started = [f"{home}/{name}" for home in self._homes for name in _STARTED_FROM_HOME]
        places = filter(None, env.get("PATH", "").split(":"))
        programs = [_with_libraries(path, (*self._homes, "/")) for path in places]
        own = [os.path.realpath(path) for path in policy.protected_paths]
        # Nothing of these, nothing in them, and nothing that holds one.
        self._closed = {
            **dict.fromkeys(programs, "what programs are run from"),
            **dict.fromkeys(started, _OBEYED),
            **dict.fromkeys(denied, "what commands may not read"),
            **dict.fromkeys(own, "the agent's own files"),
        }

    def real(self, path: str) -> str:
        """What `path` leads to; raises `FolderRefusedError` where it cannot be told."""
        if path == "~" or path.startswith("~/"):
            path = self._home + path[1:]
        try:
            real = os.path.realpath(os.path.join(self._cwd, path))  # noqa: PTH118 -- an absolute path stays as it is
            real.encode()
        except (OSError, ValueError) as error:
            raise FolderRefusedError(f"{path!a} is no path that can be asked for") from error
        return real

    def is_open(self, real: str) -> bool:
        """Whether commands may write there already."""
        roots = map(os.path.realpath, self._policy.writable_roots)
        return not _is_protected(real) and any(_is_in(real, root) for root in roots)

    def check(self, real: str) -> None:
        """Raise `FolderRefusedError` where the user cannot be asked for this folder."""
        why = self._why_not(real)
        if why is not None:
            raise FolderRefusedError(f"{real} cannot be asked for: {why}")

    def _why_not(self, real: str) -> str | None:
        if _is_protected(real):
            return "it is protected, like all that decides what runs outside of the sandbox"
        if any(_is_in(home, real) for home in self._homes):
            return "it is the home folder, or holds it"
        if real == "/" or real in _SHARED or any(_is_in(real, tree) for tree in _OF_THE_SYSTEM):
            return "it is the system's"
        for path, what in self._closed.items():
            if _is_in(real, path) or _is_in(path, real):
                return f"it is, holds or lies in {what} ({path})"
        if any(_is_hidden(real, home) for home in self._homes):
            return f"it is {_OBEYED}"
        return _state(real)


def _is_hidden(real: str, home: str) -> bool:
    """Whether it lies in a hidden folder of the home that is no cache."""
    inside = real.removeprefix(f"{home}/")
    return (
        real != inside
        and inside.startswith(".")
        and not any(_is_in(inside, cache) for cache in _CACHES)
    )


def _state(real: str) -> str | None:
    """What of a folder as it is on the disk now speaks against asking for it."""
    if not os.path.isdir(real):  # noqa: PTH112 -- as everything here
        return "it is not an existing folder"
    if not os.access(real, os.W_OK):
        return "the user cannot write there either"
    bare = next((path for path in (real, *map(str, Path(real).parents)) if _is_bare(path)), None)
    if bare is not None:
        return f"{bare} is a git repository's own folder"
    repository = _repository_in(real)
    return repository and f"it holds other repositories ({repository})"


def _with_libraries(programs: str, homes: Iterable[str]) -> str:
    """A folder of programs with what is beside it; without links."""
    above, name = os.path.split(os.path.realpath(programs))
    return above if name == "bin" and above not in homes else os.path.realpath(programs)


def _is_bare(path: str) -> bool:
    return all(os.path.exists(f"{path}/{name}") for name in ("HEAD", "objects", "refs"))  # noqa: PTH110 -- as everything here


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _is_protected(real: str) -> bool:
    parts = real.strip("/").split("/")
    return any(is_protected("/".join(parts[start:])) for start in range(len(parts)))


def _repository_in(folder: str) -> str | None:
    """A repository below a folder that is none itself: its configuration and hooks would lie open."""
    level, seen = [folder], 0
    if os.path.lexists(f"{folder}/.git"):
        return None
    for _ in range(_DEPTH_SEARCHED):
        below: list[str] = []
        for above in level:
            for path in _folders_in(above):
                seen += 1
                if seen > _FOLDERS_SEARCHED:
                    return None
                if os.path.lexists(f"{path}/.git"):
                    return path
                below.append(path)
        level = below
    return None


def _folders_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
