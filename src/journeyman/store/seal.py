"""Seals: lines of a rollout that make a change of the lines before them visible.

Each seal holds the digest of all bytes since the one before it, and of that one's digest. It is no signature:
who can write the file can make new ones; what it shows is that a file is not as the agent left it. Foreign
programs pass over seals, and what they or a torn turn wrote after the last one is covered by the next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from journeyman.store.errors import cannot
from journeyman.store.files import thread_id_of
from journeyman.store.lines import decode_line

KIND = "seal"
_MARK = b'"type":"seal"'
_BLOCK_BYTES = 1 << 20
# A turn that wrote more is not looked through: resuming a gigabyte must stay quick.
_MOST_UNSEALED_BYTES = 64 << 20
# A tenth of a second; what the model still sees of a longer thread is in its last part.
_MOST_CHECKED_BYTES = 64 << 20
# Far longer than any seal.
_LINE_BYTES = 4096


class Seal(msgspec.Struct, frozen=True):
    """What covers the bytes from `start` to `end`, where its own line begins; `digest` in hexadecimal."""

    thread_id: str
    start: int
    end: int
    digest: str


class _Found(msgspec.Struct, frozen=True):
    """A seal, where its line begins and ends in the file, and when it was made."""

    seal: Seal
    begins: int
    ends: int
    timestamp: str


def next_seal(fd: int, path: Path) -> Seal:
    """The seal for what the open rollout `path` holds since its last one; raises `OSError`."""
    thread_id = thread_id_of(path)
    end = os.fstat(fd).st_size
    last = _last_seal(fd, thread_id, end)
    start = last.ends if last else max(0, end - _MOST_UNSEALED_BYTES)
    previous = last.seal.digest if last else ""
    return Seal(thread_id, start, end, _digest(fd, previous, start, end))


def changed_before(path: Path) -> str | None:
    """When the first seal that does not fit was made; None where all fit or there is none.

    Of a large file only the last 64 MiB are looked at.

    Raises:
        StoreError: the file cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _changed_before(fd, thread_id_of(path))
        finally:
            os.close(fd)
    except OSError as error:
        raise cannot("read", path, error) from error


def _changed_before(fd: int, thread_id: str) -> str | None:
    chain = list(_chain(fd, thread_id))
    for found, previous in zip(reversed(chain[:-1]), reversed(chain), strict=False):
        if found is None:
            continue
        seal, before = found.seal, previous.seal.digest if previous else ""
        if seal.end != found.begins or seal.digest != _digest(fd, before, seal.start, seal.end):
            return found.timestamp
    return None


def _chain(fd: int, thread_id: str) -> Iterator[_Found | None]:
    """The seals to check, newest first, and the one before them; None where there is none."""
    size = os.fstat(fd).st_size
    found = _last_seal(fd, thread_id, size)
    while found is not None:
        yield found
        if size - found.begins > _MOST_CHECKED_BYTES:
            return
        start = found.seal.start
        found = _seal_that_ends(fd, thread_id, start) if 0 < start < found.begins else None
    yield None


def _last_seal(fd: int, thread_id: str, size: int) -> _Found | None:
    """The seal nearest to the end, of those within reach."""
    end = size
    least = max(0, size - _MOST_UNSEALED_BYTES)
    while end > least:
        start = max(least, end - _BLOCK_BYTES)
        # A little more, for a line across two blocks.
        block = os.pread(fd, end - start + _LINE_BYTES, start)
        at = len(block)
        while (at := block.rfind(_MARK, 0, at)) >= 0:
            line_end = block.find(b"\n", at)
            found = _seal_that_ends(fd, thread_id, start + line_end + 1) if line_end >= 0 else None
            if found is not None:
                return found
        end = start
    return None


def _seal_that_ends(fd: int, thread_id: str, end: int) -> _Found | None:
    """The thread's seal whose line ends at `end`; None where there is another line."""
    data = os.pread(fd, min(end, _LINE_BYTES), max(0, end - _LINE_BYTES))
    begins = data.rfind(b"\n", 0, len(data) - 1) + 1
    line = decode_line(data[begins:])
    if line is None or line.type != KIND:
        return None
    try:
        seal = msgspec.json.decode(line.payload, type=Seal)
    except msgspec.DecodeError:
        return None
    if seal.thread_id != thread_id:  # copied with a turn of another thread
        return None
    return _Found(seal, end - len(data) + begins, end, line.timestamp)


def _digest(fd: int, previous: str, start: int, end: int) -> str:
    from hashlib import sha256  # noqa: PLC0415 -- loads OpenSSL, which the start of a run need not wait for

    digest = sha256(previous.encode())
    while start < end:
        data = os.pread(fd, min(_BLOCK_BYTES, end - start), start)
        if not data:
            break
        digest.update(data)
        start += len(data)
    return digest.hexdigest()
