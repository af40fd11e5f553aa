# ruff: noqa: PTH115, PTH118, PTH208 -- paths are bytes, for which pathlib has no place
"""Keeps what is inside `.git`, at the root and in nested repositories and submodules, without asking git.

Small files (HEAD, refs, logs, index, stash, config ...) become content of the store; objects, which never
change, are copied or linked beside it once. Follows no link and leaves the root for one place only: the
private directory of a linked worktree, where that points back to the root.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from journeyman.sandbox.held_names import is_held
from journeyman.workspace.checkpoints.folder import Folder, Signature, State
from journeyman.workspace.checkpoints.records import Limits, Stop, bytes_of, shown, text_of

_CHUNK_BYTES = 1 << 20
# Above it a link is made: who truncates files in place can spoil those, so small ones are worth a copy.
_COPIED_BYTES = 1 << 20
# How the names of what is not below the root begin.
OUTSIDE = "../"
_POINTER = b"gitdir: "
_OBJECT_DIGITS = frozenset("0123456789abcdef")


class GitDirs:
    """The git directories of one root at one moment."""

    def __init__(self, folder: Folder, state: State, limits: Limits) -> None:
        """Look at what `state.manifest.git_dirs` names."""
        self._folder = folder
        self._root = os.fsencode(folder.root)
        self._state = state
        self._limits = limits
        self._copied = 0
        self.stop = Stop()
        self.blobs: list[str] = []
        self.skipped: dict[bytes, str] = {}

    def scan(self) -> None:
        """Bring the manifest up to date; new content waits in `run`, its names in `blobs`."""
        manifest = self._state.manifest
        old, old_signatures = manifest.extras, self._state.signatures
        manifest.extras, manifest.objects, self._state.signatures = {}, [], {}
        known: dict[str, tuple[Signature, str]] = {
            name: (signature, old[name][1])
            for name, signature in old_signatures.items()
            if name in old
        }
        present: list[str] = []
        inside = [name for name in manifest.git_dirs if not name.startswith(OUTSIDE)]
        for name in dict.fromkeys([".git", *inside, *_linked_worktree(self._root)]):
            if _is_there(os.path.join(self._root, bytes_of(name))):
                present.append(name)
                for path, status in self._files(bytes_of(name)):
                    self._keep_file(path, status, known)
        manifest.git_dirs = present
        manifest.objects.sort()
        for name in manifest.objects:
            self._keep_objects(bytes_of(name))

    def _files(self, top: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
        waiting = [top]
        while waiting:
            path = waiting.pop()
            absolute = os.path.join(self._root, path)
            try:
                status = os.lstat(absolute)
                if not stat.S_ISDIR(status.st_mode):
                    yield path, status
                    continue
                names = sorted(os.listdir(absolute))
            except FileNotFoundError:
                continue
            except OSError as error:
                self.skipped[path] = error.strerror or "cannot be read"
                continue
            if names or not is_held(status):
                self._note_directory(path, status.st_mode, is_empty=not names)
            for name in names:
                inner = path + b"/" + name
                if name == b"objects" and b"HEAD" in names:
                    self._state.manifest.objects.append(text_of(inner))
                    waiting.append(inner + b"/info")
                elif not name.endswith(b".lock"):
                    waiting.append(inner)

    def _note_directory(self, path: bytes, mode: int, *, is_empty: bool) -> None:
        mode &= 0o7777
        if is_empty or mode != 0o777 & ~self._state.manifest.umask:
            self._state.manifest.directories[text_of(path)] = mode
        else:
            self._state.manifest.directories.pop(text_of(path), None)

    def _keep_file(
        self, path: bytes, status: os.stat_result, known: dict[str, tuple[Signature, str]]
    ) -> None:
        if is_held(status):
            return
        name = text_of(path)
        signature: Signature = (
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_ino,
            status.st_mode,
        )
        if name in known and known[name][0] == signature:
            blob = known[name][1]
        else:
            content = self._content(path, status)
            if content is None:
                return
            blob = self.add_blob(content)
        self._state.manifest.extras[name] = (status.st_mode, blob)
        self._state.signatures[name] = signature

    def _content(self, path: bytes, status: os.stat_result) -> bytes | None:
        absolute = os.path.join(self._root, path)
        try:
            if stat.S_ISLNK(status.st_mode):
                return os.readlink(absolute)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > self._limits.file_bytes:
                self.skipped[path] = f"over {self._limits.file_bytes / (1 << 20):g} MiB"
                return None
            return _read(absolute)
        except OSError as error:
            self.skipped[path] = error.strerror or "cannot be read"
            return None

    def add_blob(self, content: bytes) -> str:
        """Have `content` stored; returns its object name."""
        header = b"blob %d\0" % len(content)
        name = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
        waiting = f"blob-{name}"
        if waiting not in self.blobs:
            (self._folder.run / waiting).write_bytes(content)
            self.blobs.append(waiting)
        return name

    def _keep_objects(self, objects: bytes) -> None:
        """Copy or link what is new in an object directory; a directory that did not change has nothing new."""
        source = os.path.join(self._root, objects)
        target = kept_directory(self._folder, text_of(objects))
        try:
            names = os.listdir(source)
        except OSError:
            return
        for name in map(os.fsdecode, names):
            if name != "pack" and not (len(name) == 2 and _OBJECT_DIGITS.issuperset(name)):
                continue
            directory = os.path.join(source, os.fsencode(name))
            key = f"{text_of(objects)}/{name}"
            try:
                status = os.lstat(directory)
                if not stat.S_ISDIR(status.st_mode):
                    continue
                if self._state.kept.get(key) != status.st_mtime_ns:
                    self._keep_new(directory, target / name)
                    self._state.kept[key] = status.st_mtime_ns
            except OSError as error:
                self.skipped[objects + b"/" + os.fsencode(name)] = (
                    error.strerror or "cannot be kept"
                )

    def _keep_new(self, source: bytes, target: Path) -> None:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        have = set(os.listdir(target))
        for name in map(os.fsdecode, os.listdir(source)):
            if name in have or name.startswith(("tmp_", ".tmp", "multi-pack-index")):
                continue
            self.stop.check()
            self._keep_object(os.path.join(source, os.fsencode(name)), target / name)

    def _keep_object(self, source: bytes, target: Path) -> None:
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode):
            return
        if status.st_size > _COPIED_BYTES:
            try:
                os.link(source, target, follow_symlinks=False)
            except OSError:
                pass  # another disk, or not ours to link: copied below
            else:
                return
        self._copied += status.st_size
        if self._copied > self._limits.total_bytes:
            self.skipped[source] = "more than a checkpoint takes"
            return
        temporary = target.with_name(f".{target.name}.new")
        _copy(source, temporary)
        temporary.replace(target)


def kept_directory(folder: Folder, objects: str) -> Path:
    """Where the objects of an object directory are kept."""
    return folder.kept / hashlib.sha256(bytes_of(objects)).hexdigest()[:16]


def _is_there(path: bytes) -> bool:
    """Whether something is at the path that no agent put there to hold the name."""
    try:
        status = os.lstat(path)
        return not is_held(status) or (stat.S_ISDIR(status.st_mode) and bool(os.listdir(path)))
    except OSError:
        return False


def _linked_worktree(root: bytes) -> list[str]:
    """The private git directory that belongs to this worktree and no other; none for a main one.

    The repository's content can point anywhere; only git itself writes the pointer back.
    """
    try:
        pointer = _read(os.path.join(root, b".git")).strip()
        directory = os.path.join(root, pointer.removeprefix(_POINTER))
        back = _read(os.path.join(directory, b"gitdir")).strip()
    except OSError:
        return []
    is_ours = pointer.startswith(_POINTER) and back == os.path.join(root, b".git")
    if not is_ours or os.path.realpath(directory) != os.path.normpath(directory):
        return []
    name = text_of(os.path.relpath(directory, root))
    return [name] if name.startswith(OUTSIDE) else []


def told(skipped: dict[bytes, str]) -> list[str]:
    """What was left out, for people."""
    return [f"{shown(path)} ({why})" for path, why in sorted(skipped.items())]


def _read(path: bytes) -> bytes:
    with _open_itself(path) as file:
        return file.read()


def _copy(source: bytes, target: Path) -> None:
    with _open_itself(source) as original, target.open("wb") as copy:
        while piece := original.read(_CHUNK_BYTES):
            copy.write(piece)
    target.chmod(0o600)


def _open_itself(path: bytes) -> BinaryIO:
    """Open what is there to read, through no link and without waiting for a pipe's other end."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.fdopen(fd, "rb")
    except OSError:  # a directory, which stays open otherwise
        os.close(fd)
        raise
