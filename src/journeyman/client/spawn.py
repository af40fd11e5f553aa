"""Starts an app-server as a child process and speaks to it over its standard streams.

The child ends with the connection: its input is closed, and what then stays is told to end, then killed.
"""

from __future__ import annotations

import asyncio
import asyncio.subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from journeyman.client.lines import LineTransport
from journeyman.protocol.jsonrpc import ConnectionLostError

_SECONDS_TO_LEAVE = 5.0


class SpawnedTransport(LineTransport):
    """Lines to and from a child process; made by `spawn`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Take over the process and its streams."""
        super().__init__(reader, writer)
        self._process = process
        self._output = reader

    async def close(self) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        """Close its input, and wait until it is gone."""
        await super().close()
        await self._leave()
        # What it still said is read to its end: only then is the pipe let go of.
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._output.read(), _SECONDS_TO_LEAVE)

    async def _leave(self) -> None:
        for end in (self._process.terminate, self._process.kill):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_LEAVE)
                return
            with suppress(ProcessLookupError):
                end()
        await self._process.wait()


async def spawn(
    argv: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None
) -> SpawnedTransport:
    """Start a server.

    Args:
        argv: the program and its arguments, such as `["jm", "app-server"]`.
        cwd: its working directory; None for this process's.
        env: its whole environment; None for this process's.

    Raises:
        ConnectionLostError: it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=cwd,
            env=env,
        )
    except OSError as error:
        raise ConnectionLostError(f"cannot start {argv[0]}: {error.strerror}") from error
    if process.stdin is None or process.stdout is None:
        raise ConnectionLostError(f"cannot speak to {argv[0]}")
    return SpawnedTransport(process, process.stdout, process.stdin)
