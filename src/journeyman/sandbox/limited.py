"""Ends a command that runs too long or prints too much, whatever confines it, and says so in its output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from journeyman.sandbox.api import Process
from journeyman.sandbox.policy import Limits

# What is over a limit, and the key of the configuration that allows more.
Excess = tuple[str, str]
_WATCH_SECONDS = 0.2


def limited(process: Process, limits: Limits) -> Process:
    """The process, held to the limits of time and output, where there are any."""
    if limits.seconds is None and limits.output_bytes is None:
        return process
    return LimitedProcess(process, limits)


class LimitedProcess:
    """See `journeyman.sandbox.api.Process`."""

    def __init__(
        self, process: Process, limits: Limits, look: Callable[[], Excess | None] | None = None
    ) -> None:
        """Begin to count; `look` is asked now and then what else is over a limit."""
        self._process = process
        self._limits = limits
        self._left_bytes = limits.output_bytes
        self._notice = ""
        self._ending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        if limits.seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(
                limits.seconds,
                self._end,
                f"it ran longer than {limits.seconds:g} seconds",
                "seconds",
            )

        if look is not None:
            self._watch(look)

    async def read(self) -> bytes:
        """See `Process.read`; why it was ended comes last."""
        while data := await self._process.read():
            if passed := self._pass(data):
                return passed
        notice, self._notice = self._notice, ""
        return notice.encode()

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        await self._process.write(data)

    async def close_stdin(self) -> None:
        """See `Process.close_stdin`."""
        await self._process.close_stdin()

    def resize(self, columns: int, rows: int) -> None:
        """See `Process.resize`."""
        self._process.resize(columns, rows)

    async def wait(self) -> int:
        """See `Process.wait`."""
        try:
            return await self._process.wait()
        finally:
            self._stop_waiting()

    async def kill(self) -> None:
        """See `Process.kill`."""
        self._stop_waiting()
        await self._process.kill()

    def _pass(self, data: bytes) -> bytes:
        if self._left_bytes is None:
            return data
        passed = data[: self._left_bytes]
        self._left_bytes -= len(passed)
        if len(passed) < len(data):
            self._end(f"it printed more than {self._limits.output_bytes:,} bytes", "output_bytes")
        return passed

    def _watch(self, look: Callable[[], Excess | None]) -> None:
        found = look()
        if found is not None:
            self._end(*found)
        elif self._ending is None:
            loop = asyncio.get_running_loop()
            self._watching = loop.call_later(_WATCH_SECONDS, self._watch, look)

    def _end(self, reason: str, key: str) -> None:
        if self._ending is None:
            more = f"the user can allow more by sandbox_limits.{key}"
            self._notice = f"\nThe sandbox ended this command: {reason}; {more}.\n"
            self._ending = asyncio.get_running_loop().create_task(self._process.kill())

    def _stop_waiting(self) -> None:
        for timer in (self._timer, self._watching):
            if timer is not None:
                timer.cancel()
