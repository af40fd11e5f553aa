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

import msgspec

from journeyman.sandbox.api import CONFINEMENT_EXIT_CODE, Command
from journeyman.sandbox.pty import end_of_input, open_terminal
from journeyman.sandbox.spawn import Streams, spawn

_READ_BYTES = 65_536
# A descriptor handed to a stranger can hold the output open after the tree is gone.
_DRAIN_SECONDS = 0.5
_STATUS_BYTES = 4096
KILLED_EXIT_CODE = 128 + signal.SIGKILL


class Channels:
    """Our ends of a command's descriptors while it starts, and the other ends for `spawn`."""

    def __init__(self, command: Command, *, guarded: bool) -> None:
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
        if guarded:
            self.status, status = self._pipe()
            lifeline, self.lifeline = os.pipe()
            self._theirs.append(lifeline)
            # A sandbox's own processes must not get the terminal's signals: they would end it.
            self.streams = msgspec.structs.replace(
                self.streams, status=status, lifeline=lifeline, controlling=False
            )

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
    env: dict[str, str],
    end_tree: Callable[[int], None],
    on_exit: Callable[[], None],
    guarded: bool,
) -> OsProcess:
    """Start `argv`, which runs `command`.

    `end_tree` gets the process id and makes the whole tree die soon; `on_exit` is called once, when
    nothing of it is left. With `guarded`, descriptor 3 must report `exit-code` when the command ran, and
    descriptor 4 comes to its end when the command is over or this process is gone.

    Raises:
        OSError: it cannot be executed; `on_exit` was not called.
    """
    channels = Channels(command, guarded=guarded)
    try:
        pid = spawn(argv, env, channels.streams)
    except OSError:
        channels.close_ours()
        raise
    finally:
        channels.close_theirs()
    return OsProcess(pid, channels, end_tree=end_tree, on_exit=on_exit)


class OsProcess:
    """`journeyman.sandbox.api.Process` over a process id and descriptors."""

    def __init__(
        self,
        pid: int,
        channels: Channels,
        *,
        end_tree: Callable[[int], None],
        on_exit: Callable[[], None],
    ) -> None:
        """Watch a process that was just started."""
        self._pid = pid
        self._output = channels.output
        self._input = channels.input
        self._terminal = channels.terminal
        self._status = channels.status
        self._lifeline = channels.lifeline
        self._end_tree = end_tree
        self._on_exit = on_exit
        self._killed = False
        self._ended = False
        self._reading = False
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[int] = self._loop.create_future()
        self._pidfd = os.pidfd_open(pid)
        self._loop.add_reader(self._pidfd, self._reap)

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

    async def wait(self) -> int:
        """See `Process.wait`."""
        return await asyncio.shield(self._exited)

    async def kill(self) -> None:
        """See `Process.kill`."""
        if not self._exited.done():
            self._killed = True
            self._end_tree(self._pid)
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

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        ran = self._ran()
        if self._killed:
            code = KILLED_EXIT_CODE
        elif code < 0:
            code = 128 - code
        elif not ran and code == 1:
            code = CONFINEMENT_EXIT_CODE
        if self._input is not None and not self._terminal:
            os.close(self._input)
        self._input = None
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._on_exit()
        self._exited.set_result(code)

    def _ran(self) -> bool:
        if self._status is None:
            return True
        with contextlib.suppress(BlockingIOError):
            report = os.read(self._status, _STATUS_BYTES)
            os.close(self._status)
            return b'"exit-code"' in report
        os.close(self._status)
        return False

    def _close_output(self) -> None:
        if not self._ended:
            self._ended = True
            os.close(self._output)
            if self._terminal:
                self._input = None


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
