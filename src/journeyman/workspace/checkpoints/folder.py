"""One store on the disk: where its files are, its lock, its state and its log.

The log is append-only, one write a line. The state is a cache that belongs to the index: it is taken away
before the index changes and comes back after, so a killed program leaves none, and both are made anew.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from journeyman.workspace.checkpoints.records import Checkpoint, CheckpointError, Manifest

_DYING_SECONDS = 0.3
_FIRST_WAIT_SECONDS = 0.002
_LONGEST_WAIT_SECONDS = 0.1
_HASH_DIGITS = 24
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
# Above every .gitattributes of the project: nothing may change a byte on its way.
_ATTRIBUTES = "* -text -crlf -eol -ident -filter -diff -merge -working-tree-encoding -whitespace\n"
_encoder = msgspec.json.Encoder()
_STATE_VERSION = 1

# A file's size, times of change in ns, inode and mode: while they stand, its content does.
Signature = tuple[int, int, int, int, int]


class State(msgspec.Struct, kw_only=True):
    """What the last snapshot found, so that the next one looks at changes only.

    `kept` and `directories` have the times of change of object directories and of all others, `too_much` the size of what went over the limit,
    `fresh` the files that changed so lately that git would not see new permissions: it compares seconds.
    """

    version: int = _STATE_VERSION
    manifest: Manifest
    tree: str = ""
    extra: str = ""
    manifest_blob: str = ""
    signatures: dict[str, Signature] = {}
    kept: dict[str, int] = {}
    too_much: dict[str, int] = {}
    directories: dict[str, int] = {}
    fresh: list[str] = []


class Folder:
    """The store of one project; `root` is the project's real path."""

    def __init__(self, home: Path, root: Path) -> None:
        """Name the places; nothing is made before `create`."""
        name = hashlib.sha256(os.fsencode(root)).hexdigest()[:_HASH_DIGITS]
        self.root = root
        self.path = home / "checkpoints" / name
        self.git_dir = self.path / "git"
        self.index = self.path / "index"
        self.kept = self.path / "kept"
        self.run = self.path / "run"
        self._state = self.path / "state.json"
        self._log = self.path / "log.jsonl"
        self._saved = b""

    def exists(self) -> bool:
        """Whether a snapshot has ever been begun."""
        return self._log.exists()

    def is_warm(self) -> bool:
        """Whether the next snapshot looks at changes only."""
        return self._state.exists()

    def create(self) -> None:
        """Make what is missing; for the user's eyes alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.kept, self.run, self.git_dir / "refs", self.git_dir / "objects"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = self.git_dir / "info"
        info.mkdir(exist_ok=True)
        _write_once(self.path / "root", os.fsencode(self.root) + b"\n")
        _write_once(info / "attributes", _ATTRIBUTES.encode())
        _write_once(self.git_dir / "config", _CONFIG.encode())
        _write_once(self.git_dir / "HEAD", b"ref: refs/heads/none\n")

    @asynccontextmanager
    async def locked(self) -> AsyncGenerator[None]:
        """Hold the store alone, among threads and processes; the kernel frees it with the process."""
        self.create()
        fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            wait = _FIRST_WAIT_SECONDS
            while not _try_lock(fd):
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
            if self._clear_leftovers():
                # The git of a killed agent ends a moment after the agent, and may leave another lock.
                await asyncio.sleep(_DYING_SECONDS)
                self._clear_leftovers()
            try:
                yield
            finally:
                # What is found here next time was left by somebody who was killed.
                self._clear_leftovers()
        finally:
            os.close(fd)

    def _clear_leftovers(self) -> bool:
        # Whoever made them held the lock and is dead.
        found = [path for path in (self.path / "index.lock", *self.run.iterdir()) if path.exists()]
        for path in found:
            path.unlink(missing_ok=True)
        return bool(found)

    def load_state(self) -> State | None:
        """The state that fits the index; None where the next snapshot must look at everything."""
        try:
            self._saved = self._state.read_bytes()
            state = msgspec.json.decode(self._saved, type=State)
        except (OSError, msgspec.DecodeError):
            return None
        return state if state.version == _STATE_VERSION and self.index.exists() else None

    def drop_state(self) -> None:
        """The index is about to change."""
        self._saved = b""
        self._state.unlink(missing_ok=True)

    def save_state(self, state: State) -> None:
        """The index has changed, and this is what it means."""
        content = _encoder.encode(state)
        if content == self._saved:
            return
        temporary = self._state.with_suffix(".new")
        temporary.write_bytes(content)
        temporary.replace(self._state)
        self._saved = content

    def append(self, record: Checkpoint) -> None:
        """Write one line of the log; the lock is held."""
        fd = os.open(self._log, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
            line = (b"\n" if torn else b"") + _encoder.encode(record) + b"\n"
            if os.write(fd, line) != len(line):
                raise CheckpointError(f"{self._log} cannot be written: the disk is full")
        finally:
            os.close(fd)

    def records(self) -> list[Checkpoint]:
        """The log, oldest first; a line that cannot be read is passed over."""
        try:
            lines = self._log.read_bytes().split(b"\n")
        except OSError:
            return []
        found: list[Checkpoint] = []
        for line in lines:
            try:
                found.append(msgspec.json.decode(line, type=Checkpoint))
            except msgspec.DecodeError:
                continue
        return found

    def replace_records(self, records: list[Checkpoint]) -> None:
        """Forget all but these; the lock is held."""
        temporary = self._log.with_suffix(".new")
        temporary.write_bytes(b"".join(_encoder.encode(record) + b"\n" for record in records))
        temporary.replace(self._log)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        temporary.write_bytes(content)
        temporary.replace(path)
