# ruff: noqa: PTH114, PTH118, PTH120, PTH208 -- paths are bytes, for which pathlib has no place
"""Looks at what git found changed or new in the work tree, and sorts it: to take, to drop, to leave out.

Reads names and metadata only, never content, and follows no link. What git has no place for (permissions,
empty directories, git directories) goes to the manifest. What an agent made to hold a name is not there at all.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator

import msgspec

from journeyman.sandbox.held_names import is_held
from journeyman.workspace.checkpoints.folder import State
from journeyman.workspace.checkpoints.records import CheckpointError, Limits, Stop, text_of

_PERMISSIONS = 0o7777
_FRESH_SECONDS = 2.0
# Git's index refuses these names below any directory, the second one where it is a link.
_GIT_DIR, _GIT_MODULES = b".git", b".gitmodules"


class Candidate(msgspec.Struct, frozen=True):
    """A file or link to take."""

    path: bytes
    size: int
    mode: int
    changed_at: float


class Found(msgspec.Struct):
    """What a scan brought; paths relative to the root."""

    take: list[Candidate] = []
    drop: list[bytes] = []
    skipped: dict[bytes, str] = {}

    def bytes_to_take(self) -> int:
        """The new content, in bytes."""
        return sum(candidate.size for candidate in self.take)


class Scanner:
    """Scans one root; changes the state's manifest to what it sees."""

    def __init__(
        self, root: bytes, state: State, limits: Limits, *, never: bytes, now: float
    ) -> None:
        """`never` is an absolute path to leave alone: the home with our own store; `now` the disk's time."""
        self._now = now
        self._root = root
        self._state = state
        self._manifest = state.manifest
        self._limits = limits
        self._never = never
        self._seen = 0
        self.stop = Stop()
        self._beyond_link: dict[bytes, bool] = {}
        self._euid = os.geteuid()
        self.found = Found()

    def scan(self, changed: Iterable[bytes], others: Iterable[bytes]) -> None:
        """Sort what git listed: `changed` is in the index, `others` is not, directories end in a slash.

        Raises:
            CheckpointError: there is more than the limits allow.
        """
        for path in {*changed, *self._with_new_permissions()}:
            self._take_or_drop(path)
        for path in others:
            if path.endswith(b"/"):
                self._look_into(path)
            else:
                self._look_at_other(path)
        self._check_directories()

    def forget(self, path: bytes) -> None:
        """The file is not kept."""
        self._manifest.modes.pop(text_of(path), None)

    def _with_new_permissions(self) -> list[bytes]:
        found: list[bytes] = []
        still_fresh: list[str] = []
        for name in self._state.fresh:
            try:
                status = os.lstat(os.path.join(self._root, name.encode("latin-1")))
            except (FileNotFoundError, NotADirectoryError):
                continue
            if self._unusual_mode(status.st_mode) != self._manifest.modes.get(name):
                found.append(name.encode("latin-1"))
            elif self._is_fresh(status.st_ctime):
                still_fresh.append(name)
        self._state.fresh = still_fresh
        return found

    def _is_fresh(self, changed_at: float) -> bool:
        return changed_at >= self._now - _FRESH_SECONDS

    def _take_or_drop(self, path: bytes) -> None:
        status = None
        if not self._is_beyond_link(path):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                status = os.lstat(os.path.join(self._root, path))
        if status is not None and stat.S_ISDIR(status.st_mode):
            self._look_into(path + b"/")
        if status is None or not self._accept(path, status):
            self.found.drop.append(path)
            self.forget(path)

    def _is_beyond_link(self, path: bytes) -> bool:
        parent = os.path.dirname(path)
        if not parent:
            return False
        if parent not in self._beyond_link:
            self._beyond_link[parent] = self._is_link(parent) or self._is_beyond_link(parent)
        return self._beyond_link[parent]

    def _look_at_other(self, path: bytes) -> None:
        if self._is_special(path):
            return
        try:
            status = os.lstat(os.path.join(self._root, path))
        except (FileNotFoundError, NotADirectoryError):
            return
        self._accept(path, status)

    def _look_into(self, path: bytes) -> None:
        known = self._state.too_much
        if text_of(path) in known:
            self.found.skipped[path] = "more than a checkpoint takes"
            return
        if not self._is_special(path):
            for file, status in self._walk(path.rstrip(b"/")):
                self._accept(file, status)

    def _is_special(self, path: bytes) -> bool:
        """Whether git cannot hold it; then the manifest will."""
        parts = path.rstrip(b"/").split(b"/")
        for depth, part in enumerate(parts, 1):
            if part.lower() == _GIT_DIR or (depth == len(parts) and part.lower() == _GIT_MODULES):
                special = b"/".join(parts[:depth])
                if part.lower() == _GIT_DIR or self._is_link(special):
                    self._add_git_dir(special)
                    return True
        return False

    def _is_link(self, path: bytes) -> bool:
        return os.path.islink(os.path.join(self._root, path))

    def _add_git_dir(self, path: bytes) -> None:
        if text_of(path) not in self._manifest.git_dirs:
            self._manifest.git_dirs.append(text_of(path))

    def _walk(self, top: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
        waiting = [top]
        while waiting:
            self.stop.check()
            directory = waiting.pop()
            absolute = os.path.join(self._root, directory)
            if absolute == self._never:
                continue
            try:
                entries = list(os.scandir(absolute))
                status = os.lstat(absolute)
            except OSError as error:
                self.found.skipped[directory] = error.strerror or "cannot be read"
                continue
            self._state.directories[text_of(directory)] = status.st_mtime_ns
            self._note_directory(directory, status, is_empty=not entries)
            for entry in entries:
                path = directory + b"/" + entry.name
                if self._is_special(path):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                    continue
                try:
                    yield path, entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue

    def _note_directory(self, path: bytes, status: os.stat_result, *, is_empty: bool) -> None:
        if is_empty and is_held(status):
            return
        mode = status.st_mode & _PERMISSIONS
        if is_empty or mode != 0o777 & ~self._manifest.umask:
            self._manifest.directories[text_of(path)] = mode
        else:
            self._manifest.directories.pop(text_of(path), None)

    def _check_directories(self) -> None:
        """Look at every known directory itself: git tells of its files only."""
        known = self._state.directories
        for name in {*known, *self._manifest.directories}:
            path = name.encode("latin-1")
            try:
                status = os.lstat(os.path.join(self._root, path))
            except (FileNotFoundError, NotADirectoryError):
                status = None
            if status is None or not stat.S_ISDIR(status.st_mode):
                self._manifest.directories.pop(name, None)
                known.pop(name, None)
            elif name not in known:
                self._manifest.directories[name] = status.st_mode & _PERMISSIONS
            elif known[name] != status.st_mtime_ns or self._has_new_mode(name, status.st_mode):
                known[name] = status.st_mtime_ns
                self._look_at_directory(path, status)

    def _has_new_mode(self, name: str, mode: int) -> bool:
        usual = 0o777 & ~self._manifest.umask
        return mode & _PERMISSIONS != self._manifest.directories.get(name, usual)

    def _look_at_directory(self, path: bytes, status: os.stat_result) -> None:
        try:
            names = os.listdir(os.path.join(self._root, path))
        except OSError:
            return
        self._note_directory(path, status, is_empty=not names)
        for name in names:
            self._is_special(path + b"/" + name)

    def _accept(self, path: bytes, status: os.stat_result) -> bool:
        """Whether the file is kept; if not, why is noted."""
        if is_held(status):
            return False
        self._seen += 1
        if self._seen > self._limits.files:
            raise CheckpointError(
                f"there are more than {self._limits.files:,} files; set checkpoints.max_files higher"
            )
        reason = self._reason_against(path, status)
        if reason is not None:
            if reason:
                self.found.skipped[path] = reason
            return False
        is_file = stat.S_ISREG(status.st_mode)
        size = status.st_size if is_file else 0
        self.found.take.append(Candidate(path, size, status.st_mode, status.st_ctime))
        return True

    def _reason_against(self, path: bytes, status: os.stat_result) -> str | None:
        """Why the file is not kept; empty where nobody needs to know, None where it is kept."""
        if stat.S_ISLNK(status.st_mode):
            return None
        if stat.S_ISDIR(status.st_mode):
            return ""
        if not stat.S_ISREG(status.st_mode):
            return "neither file nor link"
        if status.st_size > self._limits.file_bytes:
            return f"over {self._limits.file_bytes / (1 << 20):g} MiB"
        if self._state.too_much.get(text_of(path)) == status.st_size:
            return "more than a checkpoint takes"
        return None if self._is_readable(path, status) else "cannot be read"

    def _is_readable(self, path: bytes, status: os.stat_result) -> bool:
        if status.st_uid == self._euid:
            return bool(status.st_mode & stat.S_IRUSR)
        if self._euid == 0:  # in the sandbox root has no rights over others' files
            return bool(status.st_mode & stat.S_IROTH)
        return os.access(os.path.join(self._root, path), os.R_OK)

    def leave_out_most(self, ignored: Iterable[bytes]) -> None:
        """Keep to `total_bytes`: files that git does not ignore first, of the others the small ones."""
        names = set(ignored)
        take = sorted(
            self.found.take,
            key=lambda candidate: _rank(candidate, is_ignored=_is_ignored(candidate.path, names)),
        )
        self.found.take = []
        left = self._limits.total_bytes
        for candidate in take:
            left -= candidate.size
            if left >= 0:
                self.found.take.append(candidate)
                continue
            left += candidate.size
            self._state.too_much[text_of(candidate.path)] = candidate.size
            self.found.skipped[candidate.path] = "more than a checkpoint takes"

    def remember_refused(self, others: Iterable[bytes]) -> None:
        """Of which directories nothing was taken: the next scan need not walk them again."""
        taken = {candidate.path for candidate in self.found.take}
        full = {path for path, why in self.found.skipped.items() if why.startswith("more")}
        for path in others:
            is_full = path.endswith(b"/") and any(name.startswith(path) for name in full)
            if is_full and not any(name.startswith(path) for name in taken):
                self._state.too_much[text_of(path)] = 0

    def note_modes(self) -> None:
        """Keep the permissions of what is taken where they are not the usual ones."""
        modes = self._manifest.modes
        for candidate in self.found.take:
            name = text_of(candidate.path)
            mode = self._unusual_mode(candidate.mode)
            if mode is None:
                modes.pop(name, None)
            else:
                modes[name] = mode
            if self._is_fresh(candidate.changed_at):
                self._state.fresh.append(name)

    def _unusual_mode(self, mode: int) -> int | None:
        """The permissions to keep; None for a link and for what git and the umask would give."""
        usual = (0o777 if mode & stat.S_IXUSR else 0o666) & ~self._manifest.umask
        return None if stat.S_ISLNK(mode) or mode & _PERMISSIONS == usual else mode & _PERMISSIONS


def _rank(candidate: Candidate, *, is_ignored: bool) -> tuple[bool, int, bytes]:
    return is_ignored, candidate.size if is_ignored else 0, candidate.path


def _is_ignored(path: bytes, names: set[bytes]) -> bool:
    if path in names:
        return True
    parts = path.split(b"/")
    return any(b"/".join(parts[:depth]) + b"/" in names for depth in range(1, len(parts)))
