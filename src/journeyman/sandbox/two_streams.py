"""A command whose stdout and stderr are told apart, though a launcher's process has one output.

The program at the end of this file runs inside of the sandbox, starts the command with two pipes, and writes
what comes as frames: a digit for the stream, four bytes of length, the data. `Frames` reads them outside. What
comes is hostile: a command that writes into the frames' own pipe confuses nobody but the reader of its output.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import Literal

StreamName = Literal["stdout", "stderr"]

_STREAMS: dict[bytes, StreamName] = {b"1": "stdout", b"2": "stderr"}
_HEAD_BYTES = 5
_READ_BYTES = 65_536
# A process that the command left behind may hold the pipes open.
_DRAIN_SECONDS = 0.5
# As shells say that a program cannot be run, and that there is none.
_CANNOT_EXECUTE, _NOT_FOUND = 126, 127


def with_two_streams(argv: Sequence[str], python: str) -> tuple[str, ...]:
    """The command that runs `argv` and writes frames; its exit code is that of `argv`."""
    return (python, "-I", "-S", __file__, *argv)


class Frames:
    """Reads frames from pieces of output, as they come."""

    def __init__(self) -> None:
        """Nothing was read."""
        self._pending = b""
        self._broken = False

    def feed(self, data: bytes) -> list[tuple[StreamName, bytes]]:
        """What the streams say now; output that is no frame (a sandbox that failed) counts as stderr."""
        self._pending += data
        found: list[tuple[StreamName, bytes]] = []
        while self._pending and not self._broken:
            stream = _STREAMS.get(self._pending[:1])
            if stream is None:
                self._broken = True
            elif len(self._pending) < _HEAD_BYTES:
                break
            else:
                end = _HEAD_BYTES + int.from_bytes(self._pending[1:_HEAD_BYTES])
                if end > _HEAD_BYTES + _READ_BYTES:
                    self._broken = True
                elif len(self._pending) < end:
                    break
                else:
                    found.append((stream, self._pending[_HEAD_BYTES:end]))
                    self._pending = self._pending[end:]
        if self._broken and self._pending:
            found.append(("stderr", self._pending))
            self._pending = b""
        return found


def _run(argv: list[str]) -> int:
    """Run `argv`, write frames to stdout, and return its exit code."""
    pipes = [os.pipe(), os.pipe()]
    try:
        pid = os.posix_spawnp(
            argv[0],
            argv,
            os.environ,  # noqa: TID251 -- the command's own environment, handed on as the sandbox gave it
            file_actions=[(os.POSIX_SPAWN_DUP2, pipes[n][1], n + 1) for n in range(2)],
            setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
        )
    except OSError as error:
        _write(b"2", f"{argv[0]}: {error.strerror}\n".encode())
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _CANNOT_EXECUTE
    for _, writer in pipes:
        os.close(writer)
    _relay({pipes[0][0]: b"1", pipes[1][0]: b"2"}, os.pidfd_open(pid))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


def _relay(readers: dict[int, bytes], pidfd: int) -> None:
    """Write what comes as frames, until both are at their end, or the command is and nothing more comes."""
    poll = select.poll()
    for fd in (*readers, pidfd):
        poll.register(fd, select.POLLIN)
    timeout_ms: float | None = None
    while readers:
        ready = poll.poll(timeout_ms)
        if not ready:
            return
        for fd, _ in ready:
            if fd == pidfd:
                poll.unregister(pidfd)
                timeout_ms = _DRAIN_SECONDS * 1000
            elif data := os.read(fd, _READ_BYTES):
                _write(readers[fd], data)
            else:
                poll.unregister(fd)
                del readers[fd]


def _write(stream: bytes, data: bytes) -> None:
    view = memoryview(stream + len(data).to_bytes(4) + data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
