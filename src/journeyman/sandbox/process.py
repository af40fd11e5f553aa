"""A running command as the launchers make it: output, input, exit code, and the end of its whole tree.

One event loop, no threads. How a tree is ended differs by backend and is given as `end_tree`. Output is
read only when somebody asks, so a flood waits in the pipe and not in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec

from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command
from journeyman.sandbox.process_end import exit_descriptor
from journeyman.sandbox.pty import end_of_input, open_terminal, set_size
from journeyman.sandbox.spawn import Streams, spawn

_READ_BYTES = 65_536
# A descriptor handed to a stranger can hold the output open after the tree is gone.
_DRAIN_SECONDS = 0.5
_STATUS_BYTES = 4096
KILLED_EXIT_CODE = 128 + signal.SIGKILL


class Channels:
    """Our ends of a command's descriptors while it starts, and the other ends for `spawn`."""

    def __init__(self, command: Command, *, guard: bytes | None) -> None:
        """Open what the command asks for."""
        self._theirs: list[int] = []
        self.status: int | None = None
        self.lifeline: int | None = None
        self.input: int | None = None
        self.terminal = command.tty
        if command.tty:
            self.output, terminal, name = open_terminal(command.columns, command.rows)
            self._theirs.append(terminal)
            self.input = self.output
            self.streams = Streams(terminal=name)
        else:
            self.output, theirs = self._pipe()
            self.streams = Streams(output=theirs)
            if command.stdin:
                stdin, self.input = os.pipe()
                self._theirs.append(stdin)
                os.set_blocking(self.input, False)
                self.streams = Streams(output=theirs, stdin=stdin)
        if guard is not None:
            self.status, status = self._pipe()
            lifeline, self.lifeline = os.pipe()
            self._theirs.append(lifeline)
            # A sandbox's own processes must not get the terminal's signals: they would end it.
            self.streams = msgspec.structs.replace(
                self.streams,
                status=status,
                lifeline=lifeline,
                filter=self._file(guard),
                controlling=False,
            )

    def _file(self, data: bytes) -> int:
        fd = os.memfd_create("seccomp")
        self._theirs.append(fd)
        os.pwrite(fd, data, 0)
        return fd

    def _pipe(self) -> tuple[int, int]:
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        self._theirs.append(theirs)
        return ours, theirs

    def close_theirs(self) -> None:
        """Close the ends that belong to the program now."""
        for fd in self._theirs:
            os.close(fd)
        self._theirs.clear()

    def close_ours(self) -> None:
        """Close everything after a failed start."""
        for fd in {self.output, self.input, self.status, self.lifeline} - {None}:
            os.close(fd)  # type: ignore[arg-type] -- None was taken out


def start(
    argv: list[str],
    command: Command,
    *,
    end_tree: Callable[[int], None],
    on_exit: Callable[[], None],
    guard: bytes | None,
    channel: int | None = None,
) -> OsProcess:
    """Start `argv`, which runs `command`, in the command's environment.

    `end_tree` gets the process id and makes the whole tree die soon; `on_exit` is called once, when
    nothing of it is left. With `guard`, a seccomp program, `argv` is a sandbox: descriptor 3 must report
    `exit-code` when the command ran, descriptor 4 comes to its end when the command is over or this
    process is gone, and descriptor 5 holds the program. `channel` arrives as
    `CHANNEL_FD`.

    Raises:
        OSError: it cannot be executed; `on_exit` was not called.
    """
    channels = Channels(command, guard=guard)
    try:
        streams = msgspec.structs.replace(channels.streams, channel=channel)
        pid = spawn(argv, command.env, streams)
    except OSError:
        channels.close_ours()
        raise
    finally:
        channels.close_theirs()
    tree = _ChildTree(pid, channels, end_tree=end_tree, on_exit=on_exit)
    ends = Ends(output=channels.output, input=channels.input, terminal=channels.terminal)
    return OsProcess(tree, ends, pid=pid)


class Tree(Protocol):
    """All processes of a command, whatever holds them together."""

    def kill(self) -> None:
        """Make all of them end soon."""
        ...

    def watch(self, on_end: Callable[[int], None]) -> None:
        """Call back once, when none is left, with the exit code: negative for a signal."""
        ...


class Ends(NamedTuple):
    """Our ends of a command's descriptors; with `terminal` both are the controlling end of one."""

    output: int
    input: int | None
    terminal: bool


class OsProcess:
    """`journeyman.sandbox.api.Process` over a tree of processes and descriptors."""

    def __init__(self, tree: Tree, ends: Ends, *, pid: int = 0) -> None:
        """Watch a process that was just started; `pid` is its id where the agent started it."""
        self.pid = pid
        self._tree = tree
        self._output, self._input, self._terminal = ends
        self._killed = False
        self._ended = False
        self._reading = False
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[int] = self._loop.create_future()
        tree.watch(self._end)

    async def read(self) -> bytes:
        """See `Process.read`."""
        while not self._ended:
            if not await self._readable():
                break
            try:
                data = os.read(self._output, _READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno != errno.EIO:  # how a terminal says that its last program is gone
                    raise
                data = b""
            if data:
                return data
            break
        self._close_output()
        return b""

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        view = memoryview(data)
        while view:
            if self._input is None:
                raise BrokenPipeError(errno.EPIPE, "the command has no input to write to")
            try:
                view = view[os.write(self._input, view) :]
            except BlockingIOError:
                await self._writable()
            except OSError as error:
                if error.errno in {errno.EIO, errno.EPIPE}:
                    raise BrokenPipeError(errno.EPIPE, "nobody reads the input") from error
                raise

    async def close_stdin(self) -> None:
        """See `Process.close_stdin`."""
        if self._input is None:
            return
        if self._terminal:
            await self.write(end_of_input(self._output))
        else:
            os.close(self._input)
            self._input = None

    def resize(self, columns: int, rows: int) -> None:
        """See `Process.resize`."""
        if self._terminal and not self._ended:
            set_size(self._output, columns, rows)

    async def wait(self) -> int:
        """See `Process.wait`."""
        return await asyncio.shield(self._exited)

    async def kill(self) -> None:
        """See `Process.kill`."""
        if not self._exited.done():
            self._killed = True
            self._tree.kill()
        await asyncio.shield(self._exited)
        if not self._reading:
            self._close_output()

    async def _readable(self) -> bool:
        """Wait for output; False when there will be none, though somebody holds the pipe open."""
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._output, _settle, ready)
        self._reading = True
        try:
            await asyncio.wait({ready, self._exited}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                await asyncio.wait({ready}, timeout=_DRAIN_SECONDS)
            return ready.done()
        finally:
            self._reading = False
            self._loop.remove_reader(self._output)
            ready.cancel()

    async def _writable(self) -> None:
        if self._input is None:
            return
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._input, _settle, ready)
        try:
            await asyncio.wait({ready, self._exited}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._loop.remove_writer(self._input)
            ready.cancel()
        if self._exited.done():
            raise BrokenPipeError(errno.EPIPE, "the command has ended")

    def _end(self, code: int) -> None:
        if self._killed:
            code = KILLED_EXIT_CODE
        elif code < 0:
            code = 128 - code
        if self._input is not None and not self._terminal:
            os.close(self._input)
        self._input = None
        self._exited.set_result(code)

    def _close_output(self) -> None:
        if not self._ended:
            self._ended = True
            os.close(self._output)
            if self._terminal:
                self._input = None


class _ChildTree:
    """The tree below a child of this process."""

    def __init__(
        self,
        pid: int,
        channels: Channels,
        *,
        end_tree: Callable[[int], None],
        on_exit: Callable[[], None],
    ) -> None:
        self._pidfd = exit_descriptor(pid)
        self._pid = pid
        self._status = channels.status
        self._lifeline = channels.lifeline
        self._end_tree = end_tree
        self._on_exit = on_exit

    def kill(self) -> None:
        self._end_tree(self._pid)

    def watch(self, on_end: Callable[[int], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pidfd, self._reap, loop, on_end)

    def _reap(self, loop: asyncio.AbstractEventLoop, on_end: Callable[[int], None]) -> None:
        loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if not self._ran() and code == 1:
            code = CONFINEMENT_EXIT_CODE
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._on_exit()
        on_end(code)

    def _ran(self) -> bool:
        if self._status is None:
            return True
        with contextlib.suppress(BlockingIOError):
            report = os.read(self._status, _STATUS_BYTES)
            os.close(self._status)
            return b'"exit-code"' in report
        os.close(self._status)
        return False


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
