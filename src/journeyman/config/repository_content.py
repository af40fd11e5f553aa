"""Reads what a repository brings for the agent, so that it can be shown, hashed and trusted.

Every byte is read once, through descriptors that follow no link: what is hashed is what is used. Nothing is
parsed or run here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from journeyman.config.trust import TrustKind, digest_of

# Servers that a repository brings stand in its config.
PLACES: dict[TrustKind, str] = {
    "config": ".journeyman/config.toml",
    "hooks": ".journeyman/hooks.json",
    "skills": ".agents/skills",
}
_TREES: frozenset[TrustKind] = frozenset({"skills"})
# Far more than a person reads before saying yes.
_MAX_FILES = 2000
_MAX_BYTES = 16 << 20
_MAX_DEPTH = 16
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class RefusedContentError(Exception):
    """Content that nobody can trust: a link, a device, or too much; the text is for a person."""


class ContentFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `path` is relative to the repository."""

    path: str
    data: bytes
    executable: bool


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of content as it is now."""

    kind: TrustKind
    root: Path
    files: tuple[ContentFile, ...]

    @property
    def place(self) -> Path:
        """Where it is, absolute."""
        return self.root / PLACES[self.kind]

    @property
    def digest(self) -> str:
        """What trust of it is kept by."""
        return digest_of(
            (f"{'program' if file.executable else 'file'}:{file.path}", file.data)
            for file in self.files
        )


def read_content(root: Path, kind: TrustKind) -> Content | None:
    """What the repository at `root` has of `kind`; None where it has nothing.

    Raises:
        RefusedContentError: there is something that cannot be trusted.
    """
    *folders, name = PLACES[kind].split("/")
    descriptor = _open(str(root), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, None)
    path = str(root)
    try:
        for folder in folders:
            if descriptor is None:
                return None
            path = f"{path}/{folder}"
            above, descriptor = descriptor, _open(path, _FOLDER, descriptor)
            os.close(above)
        if descriptor is None:
            return None
        limit = _Limit(is_tree=kind in _TREES)
        files = tuple(_read(descriptor, PLACES[kind], f"{path}/{name}", limit))
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return Content(kind=kind, root=root, files=files) if files else None


def _open(path: str, flags: int, above: int | None) -> int | None:
    """Open the last part of `path` in the folder `above`; None where there is none."""
    name = path if above is None else path.rpartition("/")[2]
    try:
        return os.open(name, flags, dir_fd=above)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RefusedContentError(f"{path} {_why(name, above, error)}") from error


def _why(name: str, above: int | None, error: OSError) -> str:
    try:
        is_link = stat.S_ISLNK(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
    except OSError:
        is_link = False
    return "is a symbolic link" if is_link else f"cannot be read: {error.strerror}"


class _Limit:
    """How much may still be read; `is_tree` says whether folders are entered at all."""

    def __init__(self, *, is_tree: bool) -> None:
        self.depth = _MAX_DEPTH if is_tree else 0
        self.files = _MAX_FILES
        self.bytes = _MAX_BYTES

    def take(self, size: int, path: str) -> None:
        self.files -= 1
        self.bytes -= size
        if self.files < 0 or self.bytes < 0:
            message = f"{path} is too much: at most {_MAX_FILES} files and {_MAX_BYTES >> 20} MiB"
            raise RefusedContentError(message)


def _read(above: int, relative: str, path: str, limit: _Limit) -> Iterator[ContentFile]:
    """The files at the last part of `path` in the folder `above`, in the order of their names."""
    descriptor = _open(path, _FILE, above)
    if descriptor is None:
        return
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            data = _bytes_of(descriptor, path, limit)
            yield ContentFile(path=relative, data=data, executable=bool(mode & 0o100))
            return
        if not stat.S_ISDIR(mode) or limit.depth == 0:
            raise RefusedContentError(f"{path} is not a plain file")
        limit.depth -= 1
        with os.scandir(descriptor) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            yield from _read(descriptor, f"{relative}/{name}", f"{path}/{name}", limit)
        limit.depth += 1
    finally:
        os.close(descriptor)


def _bytes_of(descriptor: int, path: str, limit: _Limit) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        data = file.read(max(limit.bytes, 0) + 1)
    limit.take(len(data), path)
    return data
