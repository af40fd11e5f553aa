# ruff: noqa: PTH101, PTH102, PTH104, PTH105, PTH106, PTH108, PTH112, PTH115, PTH116, PTH118, PTH120, PTH123 -- pathlib alone would cost this program a third of its start-up
"""Writes planned files: all of them, or none and no trace. Also the program that does so in a sandbox.

Imports only os, stat and sys: run by path with `python -S -I`, it takes little more time than an
empty program. A file that is not as it was when the plan was made stops everything before the first
byte is written.
"""

import os
import stat
import sys

_CHUNK_BYTES = 1 << 20


class WriteError(Exception):
    """A write that could not be made; nothing was changed."""


class FileWrite:
    """One file to write or remove.

    Attributes:
        path: absolute, its directory without symbolic links.
        old: the bytes that stand there now, or the target of the link; None for nothing.
        new: the bytes that shall stand there, None to remove what does.
        mode: permission bits to set, None for those of a new file.
        is_link: whether what stands there is a symbolic link.
    """

    __slots__ = ("is_link", "mode", "new", "old", "path")

    def __init__(
        self,
        path: str,
        *,
        old: bytes | None,
        new: bytes | None,
        mode: int | None = None,
        is_link: bool = False,
    ) -> None:
        self.path = path
        self.old = old
        self.new = new
        self.mode = mode
        self.is_link = is_link


def write_all(writes: tuple[FileWrite, ...]) -> None:
    """Make every write, in order.

    Raises:
        WriteError: one could not be made; those before it were undone.
    """
    if not writes:
        return
    transaction = _Transaction()
    current = writes[0]
    try:
        for current in writes:
            _check_unchanged(current)
        for current in writes:
            transaction.stage(current)
        for current in writes:
            transaction.commit(current)
    except BaseException as error:
        transaction.roll_back()
        if isinstance(error, OSError):
            raise WriteError(_failure(current, error.strerror or str(error))) from error
        raise
    transaction.finish()


def _failure(write: FileWrite, reason: str) -> str:
    verb = "delete" if write.new is None else "write"
    return f"Failed to {verb} file {write.path}: {reason}"


def _check_unchanged(write: FileWrite) -> None:
    if _read(write.path) != (write.old, write.is_link):
        raise WriteError(_failure(write, "it changed after the patch was checked against it"))


def _read(path: str) -> tuple[bytes | None, bool]:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None, False
    if stat.S_ISLNK(mode):
        return os.fsencode(os.readlink(path)), True
    if not stat.S_ISREG(mode):
        raise OSError("it is not a file")
    with open(path, "rb") as file:
        return file.read(), False


class _Transaction:
    """Temporary files and the way back, until `finish` or `roll_back` clears them."""

    def __init__(self) -> None:
        self._staged: dict[str, str] = {}
        self._leftovers: list[str] = []
        self._created: list[str] = []
        self._backups: list[tuple[str, str | None]] = []

    def stage(self, write: FileWrite) -> None:
        """Put the new content on the target's disk, where a full disk harms nothing."""
        if write.new is None:
            return
        temporary = self._temporary(_existing_directory(write.path))
        self._staged[write.path] = temporary
        _write_new(temporary, write.new)
        _copy_owner(write.path, temporary)
        if write.mode is not None:
            os.chmod(temporary, write.mode)

    def commit(self, write: FileWrite) -> None:
        """Replace the target by one rename; it never is missing or half-written."""
        if write.new is None:
            backup = self._temporary(os.path.dirname(write.path))
            self._backups.append((write.path, backup))
            os.rename(write.path, backup)
            return
        self._make_directories(os.path.dirname(write.path))
        backup = self._keep(write.path) if write.old is not None else None
        self._backups.append((write.path, backup))
        os.replace(self._staged[write.path], write.path)

    def roll_back(self) -> None:
        """Put back what was there, as far as the disk lets it."""
        for path, backup in reversed(self._backups):
            if backup is None:
                _remove(path)
                continue
            try:
                os.replace(backup, path)
            except OSError:
                # What could not be put back is kept under its temporary name rather than lost.
                self._leftovers.remove(backup)
        self.finish()
        for directory in reversed(self._created):
            try:
                os.rmdir(directory)
            except OSError:
                # Someone else put a file there meanwhile, so it and those above it stay.
                break

    def finish(self) -> None:
        """Remove every temporary file."""
        for path in self._leftovers:
            _remove(path)

    def _temporary(self, directory: str) -> str:
        path = os.path.join(directory, f".journeyman-{os.urandom(8).hex()}")
        self._leftovers.append(path)
        return path

    def _keep(self, path: str) -> str:
        backup = self._temporary(os.path.dirname(path))
        try:
            os.link(path, backup, follow_symlinks=False)
        except OSError:
            # Some file systems have no hard links, and the kernel may forbid one to a foreign file.
            with open(path, "rb") as file:
                _write_new(backup, file.read())
            os.chmod(backup, stat.S_IMODE(os.stat(path).st_mode))
        return backup

    def _make_directories(self, directory: str) -> None:
        missing: list[str] = []
        while not os.path.isdir(directory):
            missing.append(directory)
            directory = os.path.dirname(directory)
        for path in reversed(missing):
            os.mkdir(path)
            self._created.append(path)


def _existing_directory(path: str) -> str:
    """The directory of `path`, or the nearest above it: what is made below is on the same disk."""
    directory = os.path.dirname(path)
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return directory


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _write_new(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view[:_CHUNK_BYTES]) :]
    finally:
        os.close(descriptor)


def _copy_owner(source: str, target: str) -> bool:
    """Let root edit another user's file without taking it; others cannot give files away."""
    try:
        wanted, present = os.stat(source), os.stat(target)
        if (wanted.st_uid, wanted.st_gid) != (present.st_uid, present.st_gid):
            os.chown(target, wanted.st_uid, wanted.st_gid)
    except OSError:
        return False
    return True


def encode_request(writes: tuple[FileWrite, ...]) -> bytes:
    """Put writes into the form the program reads from its standard input.

    Each write is five fields (path, old, new, mode, is_link), each field a length in decimal, a
    colon and that many bytes, or '-' for None. JSON would need base64 and 7 ms to import.
    """
    fields = [
        field
        for write in writes
        for field in (
            os.fsencode(write.path),
            write.old,
            write.new,
            None if write.mode is None else b"%o" % write.mode,
            b"link" if write.is_link else b"",
        )
    ]
    return b"".join(b"-" if field is None else b"%d:%b" % (len(field), field) for field in fields)


def decode_request(request: bytes) -> tuple[FileWrite, ...]:
    """Read what `encode_request` made.

    Raises:
        ValueError: the request is cut off or not one.
    """
    fields: list[bytes | None] = []
    at = 0
    while at < len(request):
        if request[at : at + 1] == b"-":
            fields.append(None)
            at += 1
            continue
        start = request.index(b":", at) + 1
        at = start + int(request[at : start - 1])
        fields.append(request[start:at])
    if len(fields) % 5 or at > len(request):
        raise ValueError("the request is cut off")
    return tuple(_decode_write(fields[i : i + 5]) for i in range(0, len(fields), 5))


def _decode_write(fields: list[bytes | None]) -> FileWrite:
    path, old, new, mode, is_link = fields
    return FileWrite(
        os.fsdecode(path or b""),
        old=old,
        new=new,
        mode=None if mode is None else int(mode, 8),
        is_link=bool(is_link),
    )


def main() -> int:
    """Apply the request on stdin: exit 0, or 1 with the reason on stdout."""
    try:
        write_all(decode_request(sys.stdin.buffer.read()))
    except (WriteError, ValueError) as error:
        sys.stdout.buffer.write(os.fsencode(f"{error}\n"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
