"""The agent's end of the zygote: starts it at first use, sends requests, hears what became of each.

The zygote gets an empty environment and no descriptor but its socket: what it does not have cannot leak
into a command.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import journeyman
from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.namespaces.request import Answer, Request
from journeyman.sandbox.spawn import inheritable_fds

_REQUESTS_FD = 3
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1])\n"
    "from journeyman.sandbox.namespaces.zygote.serve import main\n"
    f"main({_REQUESTS_FD})"
)
_ANSWER_BYTES = 4096
_MOST_FDS = 2
_BUSY_SECONDS = 0.002
_FIX = "Run it again; when it stays so, tell the makers, and use -s danger-full-access meanwhile"


class Started(NamedTuple):
    """A tree that runs: its process descriptor, its socket, and the terminal that was opened inside."""

    pidfd: int
    channel: socket.socket
    controller: int | None


class _NothingRanError(ConfinementError):
    """The sandbox ended, surely before the command began."""


class ZygoteLink:
    """One zygote of this process, used from one event loop."""

    def __init__(self, python: Sequence[str]) -> None:
        """Start nothing yet; `python` is the Python that will run the zygote."""
        self._python = tuple(python)
        self._requests: socket.socket | None = None
        self._pid = 0

    def start(self) -> None:
        """Start the zygote unless it runs."""
        if self._requests is not None:
            return
        ours, theirs = _pair()
        with theirs:
            root = str(Path(journeyman.__file__).resolve().parents[1])
            argv = [*self._python, "-S", "-I", "-X", "utf8", "-c", _PROGRAM, root]
            actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
                (os.POSIX_SPAWN_CLOSE, fd) for fd in inheritable_fds()
            ]
            actions += [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
            actions.append((os.POSIX_SPAWN_DUP2, theirs.fileno(), _REQUESTS_FD))
            self._pid = os.posix_spawn(argv[0], argv, {}, file_actions=actions, setsid=True)
        self._requests = ours

    def close(self) -> None:
        """End the zygote with everything that runs; what it held on the host is gone then."""
        if self._requests is not None:
            self._requests.close()
            self._requests = None
            os.waitpid(self._pid, 0)

    async def launch(self, request: Request, fds: Mapping[int, int]) -> Started:
        """Have the command started; `fds` are its descriptors by number, still the caller's.

        Raises:
            ConfinementError: it could not be confined; nothing ran.
            OSError: its program or directory cannot be used.
        """
        try:
            return await self._attempt(request, fds)
        except _NothingRanError:
            # Such as the spare tree ended from outside, for want of memory: once more, with another one.
            return await self._attempt(request, fds)

    async def _attempt(self, request: Request, fds: Mapping[int, int]) -> Started:
        with contextlib.ExitStack() as ours:
            tree, for_tree = _pair()
            report, for_report = _pair()
            ours.enter_context(tree)
            with report:
                with for_tree, for_report, memory_file(json.dumps(request).encode()) as body:
                    await self._send([body, for_tree.fileno(), for_report.fileno(), *fds.values()])
                pidfd = await _launched(tree)
                ours.callback(os.close, pidfd)
                controller = await _ready(report, tree, request["program"])
            # Without this its first process would end, with all others, when it finds nobody to tell.
            ours.pop_all()
            return Started(pidfd, tree, controller)

    async def _send(self, fds: Sequence[int]) -> None:
        fresh = self._requests is None
        self.start()
        while self._requests is not None:
            try:
                socket.send_fds(self._requests, [b"x"], fds)
            except BlockingIOError:
                await asyncio.sleep(_BUSY_SECONDS)
            except OSError as error:
                self.close()
                if fresh:
                    raise ConfinementError(
                        f"The sandbox ended: {error.strerror}", fix=_FIX
                    ) from error
                return await self._send(fds)  # it was ended from outside: once more, with a new one
            else:
                return None
        raise ConfinementError("The sandbox was closed", fix=_FIX)


async def _launched(tree: socket.socket) -> int:
    """The process descriptor of the tree."""
    answer, fds = await _next(tree)
    _raise_for(answer, "")
    return fds[0]


async def _ready(report: socket.socket, tree: socket.socket, program: str) -> int | None:
    """Wait until the program runs; the terminal's controlling end, where one was opened."""
    answer, fds = await _next(report)
    if answer is None:
        answer, _ = await _next(tree)  # the first process knows why
    _raise_for(answer, program)
    try:
        answer, _ = await _next(report)
        if answer is not None:
            _raise_for(answer, program)
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return fds[0] if fds else None


def _raise_for(answer: Answer | None, program: str) -> None:
    """Raise what went wrong, if anything did."""
    if answer is None or "ended" in answer:
        raise _NothingRanError("The sandbox ended before the command ran", fix=_FIX)
    if "failed" in answer:
        raise ConfinementError(f"The command could not be confined: {answer['failed']}", fix=_FIX)
    if "refused" in answer:
        number = answer["refused"]
        raise OSError(number, os.strerror(number), program)


async def _next(channel: socket.socket) -> tuple[Answer | None, list[int]]:
    while True:
        try:
            return hear(channel)
        except BlockingIOError:
            await _readable(channel)


def hear(channel: socket.socket) -> tuple[Answer | None, list[int]]:
    """The next answer with its descriptors; None when there will be none. Raises `BlockingIOError`."""
    message, fds, _, _ = socket.recv_fds(channel, _ANSWER_BYTES, _MOST_FDS, socket.MSG_CMSG_CLOEXEC)
    return (json.loads(message), list(fds)) if message else (None, [])


def _pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0)
    return ours, theirs


@contextlib.contextmanager
def memory_file(data: bytes) -> Generator[int]:
    """A descriptor of a file in memory that holds `data`, to be read from its start."""
    fd = os.memfd_create("journeyman")
    try:
        written = 0
        while written < len(data):
            written += os.pwrite(fd, data[written:], written)
        yield fd
    finally:
        os.close(fd)


async def _readable(channel: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(channel, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(channel)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
