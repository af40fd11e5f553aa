"""File work that a user's own client asks for: with the user's rights, on absolute paths, bounded.

Follows a link only where the whole path is one that the client named; never into what it removes or copies.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import msgspec

# More would hold the connection up for everybody; a client that wants more has a shell.
MAX_FILE_BYTES = 64 << 20


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a path is, seen through links; times in nanoseconds, 0 where they are not known."""

    is_directory: bool
    is_file: bool
    is_link: bool
    created_ns: int
    modified_ns: int


def read_file(path: Path) -> bytes:
    """The content; raises `OSError`: it is missing, no file, or too large."""
    fd = _open_file(path, os.O_RDONLY)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if status.st_size > MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, _too_large(status.st_size), str(path))
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:  # one that grew, or one of /proc, which has no size
        raise OSError(errno.EFBIG, _too_large(len(data)), str(path))
    return data


def write_file(path: Path, data: bytes) -> None:
    """Make the file or replace its content; raises `OSError`."""
    with os.fdopen(_open_file(path, os.O_WRONLY | os.O_CREAT), "wb") as file:
        file.truncate()
        file.write(data)


def create_directory(path: Path, *, recursive: bool) -> None:
    """Make a directory; raises `OSError`."""
    path.mkdir(parents=recursive, exist_ok=recursive)


def read_metadata(path: Path) -> Metadata:
    """What is there; raises `OSError` where there is nothing, or a link that leads nowhere."""
    status = path.stat()
    created = getattr(status, "st_birthtime_ns", 0)
    return Metadata(
        is_directory=stat.S_ISDIR(status.st_mode),
        is_file=stat.S_ISREG(status.st_mode),
        is_link=path.is_symlink(),
        created_ns=created,
        modified_ns=status.st_mtime_ns,
    )


def read_directory(path: Path) -> list[tuple[str, bool, bool]]:
    """Name, whether it is a directory, whether a file, of each entry, sorted; raises `OSError`."""
    with os.scandir(path) as entries:
        found = [(entry.name, entry.is_dir(), entry.is_file()) for entry in entries]
    return sorted(found)


def remove(path: Path, *, recursive: bool, force: bool) -> None:
    """Remove what is at `path`, never what a link points to; raises `OSError`."""
    import shutil  # noqa: PLC0415 -- loads every compressor, which a start of `jm exec` need not wait for

    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif recursive:
            shutil.rmtree(path)
        else:
            path.rmdir()
    except FileNotFoundError:
        if not force:
            raise


def copy(source: Path, destination: Path, *, recursive: bool) -> None:
    """Copy a file, a link as a link, or a directory; raises `OSError`, and then a part may be copied."""
    if source.is_symlink() or not source.is_dir():
        _copy_one(source, destination)
        return
    if not recursive:
        raise IsADirectoryError(
            errno.EISDIR, "a directory is copied with recursive: true", str(source)
        )
    if destination.resolve().is_relative_to(source.resolve()):
        raise OSError(errno.EINVAL, "a directory cannot be copied into itself", str(destination))
    _copy_directory(source, destination)


def _copy_directory(source: Path, destination: Path) -> None:
    destination.mkdir(exist_ok=True)
    with os.scandir(source) as entries:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in names:
        below = destination / name
        # Where the client named no link, none is followed: what it leads to is not what was asked for.
        if below.is_symlink():
            below.unlink()
        if is_directory:
            _copy_directory(source / name, below)
        else:
            _copy_one(source / name, below)


def _copy_one(source: Path, destination: Path) -> None:
    import shutil  # noqa: PLC0415 -- only who copies pays for it, as in `remove`

    if source.is_symlink():
        if destination.is_symlink() or destination.is_file():
            destination.unlink()
        destination.symlink_to(source.readlink())
        return
    _demand_file(source, source.stat().st_mode)
    if destination.is_dir():
        _demand_file(destination, destination.stat().st_mode)
    shutil.copy2(source, destination)


def _open_file(path: Path, flags: int) -> int:
    # A pipe whose other end nobody has open would wait for ever.
    fd = os.open(path, flags | os.O_NONBLOCK, 0o666)
    try:
        _demand_file(path, os.fstat(fd).st_mode)
    except OSError:
        os.close(fd)
        raise
    return fd


def _demand_file(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a directory, not a file", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def _too_large(size: int) -> str:
    return f"it has {size} bytes, and at most {MAX_FILE_BYTES} can be read at once"
