"""Looks at the disk once per command: which directories a policy opens, hides, shows and protects.

The result is plain data for a backend to compile. Refuses what could be turned against the user: links
where a protected name or a nested writable root should be.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.git_metadata import GitMetadata, git_metadata
from journeyman.sandbox.held_names import is_held
from journeyman.sandbox.policy import Policy

# Every one may hold sockets and files of other programs. /dev/shm goes with the fresh /dev.
_HIDDEN = ("/tmp", "/var/tmp", "/run")  # noqa: S108 -- names to cover, not places to write to
# What the resolver and the programs themselves need of /run; the rest is sockets.
_SHOWN_IN_RUN = ("/run/current-system", "/run/systemd/resolve", "/run/NetworkManager/resolv.conf")
_FIX_LINK = (
    "Replace the link by what it points to, or run without the sandbox: -s danger-full-access"
)
_GITDIR_BYTES = 4096


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Directories by what happens to them; absolute, without links, parents before children.

    `protected` may name files, and what does not exist yet. Of the `masked` ones nothing can be read; each
    comes with whether it is a directory.
    """

    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    writable: tuple[str, ...]
    protected: tuple[str, ...]
    masked: tuple[tuple[str, bool], ...] = ()

    def hides(self, path: str) -> bool:
        """Whether nothing of the host is seen at `path`: it is hidden, and not shown again."""
        seen = (*self.shown, *self.writable)
        return is_below(path, self.hidden) and path not in seen and not is_below(path, seen)


def layout_of(
    policy: Policy,
    *,
    cwd: str,
    env: Mapping[str, str],
    program: str,
    readable: Iterable[str] = (),
) -> Layout:
    """Look at what `policy` means on this disk now.

    `readable`, `program` and the programs of `env` stay visible even below a hidden directory.

    Raises:
        ConfinementError: a root or a protected name is not what it seems.
    """
    roots = _writable_roots(policy.writable_roots)
    git = git_metadata(policy.git_of) if policy.git_of is not None else None
    # A mount of its own also where it is writable already: what is mounted cannot be renamed.
    writable = tuple(sorted({*roots, *(git.opened if git else ())}))
    hidden = _hidden_directories() if policy.private_tmp else ()
    programs = [program, os.path.realpath(program)]
    directories = [*(str(Path(path).parent) for path in programs), *env.get("PATH", "").split(":")]
    read = git.read if git else ()
    wanted = [cwd, *readable, *read, *_with_libraries(directories, hidden), *_SHOWN_IN_RUN]
    plain = set(map(os.path.realpath, policy.plain_roots))
    shown = {
        real
        for path in (*wanted, *plain)
        if (is_below(real := os.path.realpath(path), hidden) or real in plain)
        and real not in hidden
        and real not in writable
        and not is_below(real, writable)
        and Path(real).exists()
    }
    return Layout(
        hidden=hidden,
        shown=tuple(sorted(shown)),
        writable=writable,
        protected=_with_git(_protected(roots, policy), git),
    )


def pinned_directories(layout: Layout, unreadable: Iterable[str]) -> list[str]:
    """Directories between a writable root and what is protected or unreadable in it, parents first.

    Whoever could rename one would have what is below it under another name, and the old name free.
    """
    found: set[str] = set()
    for path in (*layout.protected, *unreadable):
        for root in layout.writable:
            if path.startswith(root + "/"):
                above = os.path.dirname(path)  # noqa: PTH120 -- pure text, for every command
                while len(above) > len(root):
                    found.add(above)
                    above = os.path.dirname(above)  # noqa: PTH120 -- pure text, for every command
    return sorted(found.difference(layout.writable, layout.protected))


def _hidden_directories() -> tuple[str, ...]:
    return tuple(path for path in _HIDDEN if Path(path).is_dir() and not Path(path).is_symlink())


def is_below(path: str, directories: Iterable[str]) -> bool:
    """Whether it is in one of them."""
    return any(path.startswith(directory + "/") for directory in directories)


def _with_libraries(directories: Iterable[str], hidden: tuple[str, ...]) -> list[str]:
    """Directories of programs; for a `bin`, what holds it, as its libraries are beside it."""
    found: list[str] = []
    for directory in directories:
        above, name = os.path.split(directory)
        if directory.startswith("/"):
            found.append(above if name == "bin" and above not in hidden else directory)
    return found


def _writable_roots(roots: tuple[str, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for root in roots:
        real = os.path.realpath(root)
        if real == "/":
            raise ConfinementError(
                "the whole file system cannot be a writable root",
                fix="Name the directories to write to, or use -s danger-full-access",
            )
        outer = [other for other in roots if is_below(os.path.normpath(root), (other,))]
        if any(not is_below(real, (os.path.realpath(other),)) for other in outer):
            # A command that may write to the outer root could have made it, to open any directory.
            raise ConfinementError(f"the writable root {root} leads through a link", fix=_FIX_LINK)
        if Path(real).is_dir():
            found.add(real)
    return tuple(sorted(found))


def _protected(writable: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    paths = map(os.path.realpath, policy.protected_paths)
    found = {path for path in paths if path in writable or is_below(path, writable)}
    for root in writable:
        there = _spellings(root)
        for name in policy.protected_names:
            found.update(_protected_paths(root, name, there, also_missing=True))
        for name in policy.protected_where_present:
            found.update(_protected_paths(root, name, there, also_missing=False))
        git = f"{root}/.git"
        if git in found and (mode := _mode(git)) is not None:
            found.update(_git_directories(Path(git), mode, writable))
    return tuple(sorted(found))


def _spellings(root: str) -> dict[str, list[str]]:
    """The names in a directory by their spelling without case."""
    found: dict[str, list[str]] = {}
    for name in os.listdir(root):  # noqa: PTH208 -- names only, for every command
        found.setdefault(name.casefold(), []).append(name)
    return found


def _protected_paths(
    root: str, name: str, there: Mapping[str, list[str]], *, also_missing: bool
) -> list[str]:
    """Where a protected name is in a root, in any case, as a disk without case would find it."""
    first, _, rest = name.partition("/")
    spelled = list(there.get(first.casefold(), ()))
    # Where we cannot hold it, a command cannot make it either.
    if also_missing and first not in spelled and os.access(root, os.W_OK):
        spelled.append(first)
    found: list[str] = []
    for spelling in spelled:
        path = f"{root}/{spelling}"
        mode = _mode(path)
        if mode is not None and stat.S_ISLNK(mode):
            if not also_missing:
                continue
            raise ConfinementError(f"{path} is a symbolic link", fix=_FIX_LINK)
        if mode is not None and rest and stat.S_ISDIR(mode) and not is_held(os.lstat(path)):
            found += _protected_paths(path, rest, _spellings(path), also_missing=also_missing)
        else:
            found.append(path)
    return found


def _with_git(protected: tuple[str, ...], git: GitMetadata | None) -> tuple[str, ...]:
    if git is None:
        return protected
    return tuple(sorted({path for path in protected if path not in git.opened} | {*git.protected}))


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None


def _git_directories(git: Path, mode: int, writable: tuple[str, ...]) -> list[str]:
    """Where a `.git` leads to, as far as that is writable: a worktree's directory and the common one."""
    directory = git
    found: list[str] = []
    if stat.S_ISREG(mode):
        text = _read_small(git)
        if not text.startswith("gitdir:"):
            return []
        directory = _follow(git.parent, text.removeprefix("gitdir:").strip(), writable)
        found.append(str(directory))
    common = _read_small(directory / "commondir").strip()
    # "." is held there while another command may write to the git directory.
    if common not in {"", "."}:
        found.append(str(_follow(directory, common, writable)))
    return [path for path in found if is_below(path, writable)]


def _follow(start: Path, target: str, writable: tuple[str, ...]) -> Path:
    path = os.path.normpath(start / target)
    real = os.path.realpath(path)
    if path != real and is_below(path, writable):
        raise ConfinementError(f"the git directory {path} leads through a link", fix=_FIX_LINK)
    return Path(real)


def _read_small(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_GITDIR_BYTES).decode(errors="replace")
    except OSError:
        return ""
