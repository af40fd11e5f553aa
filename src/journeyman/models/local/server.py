"""The life of the local model's server: started when it is first asked, stopped when it was idle for a while.

Invariant: it is a child of the launcher, so that none of it outlives the agent, however that ends.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import msgspec

from journeyman.models.api import ModelError
from journeyman.sandbox.api import Command, ConfinementError, Launcher, Process
from journeyman.sandbox.policy import UNCONFINED

_MISSING_PARTS = {
    "server": "its server is not installed: pip install 'journeyman[local]', then jm models pull",
    "weights": "its weights are not there yet: jm models pull",
}
# A pause to read an answer does not cost the next one a start, which takes about a second.
_IDLE_SECONDS = 300.0
_START_SECONDS = 60.0
_READY, _MISSING = "local-model: ready ", "local-model: missing "
_SHOWN_CHARS = 300


class Address(msgspec.Struct, frozen=True):
    """Where the server answers, and the key that it wants."""

    url: str
    key: str


class LocalServer:
    """One server, for all threads of this process."""

    def __init__(
        self,
        launcher: Launcher,
        argv: tuple[str, ...],
        env: Mapping[str, str],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Start nothing yet; `argv` runs `serve.py`, `sleep` waits for seconds."""
        self._launcher = launcher
        self._program = Command(argv=argv, cwd="/", env=env, stdin=True)
        self._sleep = sleep
        self._starting = asyncio.Lock()
        self._process: Process | None = None
        self._address: Address | None = None
        self._reading: asyncio.Task[None] | None = None
        self._idling: asyncio.Task[None] | None = None
        self._users = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Address]:
        """The server, up for as long as the block lasts.

        Raises:
            ModelError: it is not installed, or does not start.
        """
        self._users += 1
        try:
            yield await self._up()
        finally:
            self._users -= 1
            if not self._users and self._process is not None:
                self._idling = asyncio.create_task(self._stop_when_idle())

    async def close(self) -> None:
        """Stop it; idempotent."""
        idling, self._idling = self._idling, None
        if idling is not None:
            idling.cancel()
            await asyncio.gather(idling, return_exceptions=True)
        await self._stop()

    async def _up(self) -> Address:
        async with self._starting:
            if self._idling is not None:
                self._idling.cancel()
                await asyncio.gather(self._idling, return_exceptions=True)
                self._idling = None
            if self._address is None or self._reading is None or self._reading.done():
                await self._stop()
                self._address = await self._start()
            return self._address

    async def _start(self) -> Address:
        key = os.urandom(16).hex()
        try:
            process = await self._launcher.launch(self._program, UNCONFINED)
        except (ConfinementError, OSError) as error:
            raise _failed(str(error)) from error
        self._process = process
        try:
            async with asyncio.timeout(_START_SECONDS):
                # One that has ended already has said why.
                with suppress(BrokenPipeError):
                    await process.write(f"{key}\n".encode())
                url = await _wait_until_ready(process)
        except TimeoutError as error:
            await self._stop()
            raise _failed(f"it was not ready after {_START_SECONDS:g} s") from error
        except BaseException:
            await self._stop()
            raise
        self._reading = asyncio.create_task(_drain(process))
        return Address(url, key)

    async def _stop_when_idle(self) -> None:
        await self._sleep(_IDLE_SECONDS)
        await self._stop()

    async def _stop(self) -> None:
        process, self._process, self._address = self._process, None, None
        if process is not None:
            await process.kill()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _wait_until_ready(process: Process) -> str:
    """The address; raises `ModelError` with the last words of a server that ends before it says one."""
    said = b""
    while data := await process.read():
        said += data
        *lines, _ = said.decode(errors="replace").split("\n")
        for line in lines:
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
            if line.startswith(_MISSING):
                missing = _MISSING_PARTS[line.removeprefix(_MISSING).strip()]
                raise ModelError("other", f"the local model cannot be started, {missing}")
    words = said.decode(errors="replace").strip().rpartition("\n")[2]
    raise _failed(words[-_SHOWN_CHARS:] or "it ended at once")


async def _drain(process: Process) -> None:
    """Read what it says, so that it never waits for a reader; done when it has ended."""
    while await process.read():
        pass


def _failed(reason: str) -> ModelError:
    return ModelError("connection_failed", f"the local model did not start: {reason}")
