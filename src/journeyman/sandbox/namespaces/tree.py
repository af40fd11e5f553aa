"""A launched command on the agent's side: its tree of processes, and the pipes to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from journeyman.sandbox.api import Command
from journeyman.sandbox.namespaces.zygote_link import Started, ZygoteLink, hear
from journeyman.sandbox.process import Ends


class NamespaceTree:
    """A command's tree as the zygote made it."""

    def __init__(
        self,
        started: Started,
        kill_signal: int,
        zygote: ZygoteLink,
        on_end: Callable[[], None],
    ) -> None:
        """Take over its descriptors; `kill_signal` makes its first process end with all others.

        `on_end` is called when nothing of it is left.
        """
        self._on_end = on_end
        self._zygote = zygote  # with the last one who holds it, the zygote ends all it made
        self._pidfd, self._channel, _ = started
        self._kill_signal = kill_signal
        self._loop = asyncio.get_running_loop()

    def kill(self) -> None:
        """See `Tree.kill`."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, self._kill_signal)

    def interrupt(self) -> None:
        """Send SIGINT to the command, as Ctrl-C does."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGINT)

    def watch(self, on_end: Callable[[int], None]) -> None:
        """See `Tree.watch`."""
        self._loop.add_reader(self._channel, self._hear, on_end)

    def _hear(self, on_end: Callable[[int], None]) -> None:
        self._loop.remove_reader(self._channel)
        with self._channel:
            answer, _ = hear(self._channel)
        if answer is not None and "ended" in answer:
            # The first process has waited for all others; what it still takes down is empty.
            os.close(self._pidfd)
            self._on_end()
            on_end(answer["ended"])
        else:
            # It was killed: the others end now, before it.
            self._loop.add_reader(self._pidfd, self._see_end, on_end)

    def _see_end(self, on_end: Callable[[int], None]) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._on_end()
        on_end(-signal.SIGKILL)


class Descriptors:
    """The pipes of one command; what was not taken is closed."""

    def __init__(self, command: Command) -> None:
        """Open what `command` asks for; a terminal is opened inside."""
        self.theirs: dict[int, int] = {}
        self._ours: list[int] = []
        self._terminal = command.tty
        if not command.tty:
            output, written = os.pipe()
            self._ours.append(output)
            self.theirs = {1: written, 2: written}
            if command.stdin:
                self.theirs[0], stdin = os.pipe()
                self._ours.append(stdin)

    def __enter__(self) -> Descriptors:
        """Open already."""
        return self

    def take(self, controller: int | None) -> Ends:
        """Our ends, from now on the caller's."""
        ours, self._ours = self._ours, []
        if controller is not None:
            ours = [controller]
        for fd in ours:
            os.set_blocking(fd, False)
        return Ends(ours[0], controller or (ours[1] if len(ours) > 1 else None), self._terminal)

    def __exit__(self, *_: object) -> None:
        """Close what belongs to the command now, or was not taken."""
        for fd in {*self.theirs.values(), *self._ours}:
            os.close(fd)
