"""Runs programs of the user's own, such as hooks: unconfined, with input, bounded in time and output.

Never for anything that a model wrote. Ends the program with its process group, and leaves no zombie.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

from journeyman.sandbox.api import OnEnd, ProgramEnd

_MAX_OUTPUT_BYTES = 64 * 1024
# A daemon that the program left behind may hold its output open for ever.
_DRAIN_SECONDS = 0.5


class ShellPrograms:
    """See `UserPrograms`: each line is one for /bin/sh."""

    async def run(
        self,
        line: str,
        *,
        stdin: bytes,
        cwd: str,
        env: Mapping[str, str],
        timeout_seconds: float,
    ) -> ProgramEnd:
        """See `UserPrograms.run`."""
        loop = asyncio.get_running_loop()
        starting = asyncio.ensure_future(
            loop.subprocess_exec(
                lambda: _Program(loop),
                "/bin/sh",
                "-c",
                line,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
        )
        try:
            transport, program = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A start that is broken off half-way leaves its pipes open.
            transport, program = await starting
            _kill_group(transport.get_pid())
            await _close(transport, program)
            raise
        except OSError as error:
            return ProgramEnd(problem=f"it cannot be started: {error.strerror}")
        try:
            async with asyncio.timeout(timeout_seconds):
                _feed(transport, stdin)
                await program.ended.wait()
                await asyncio.wait([program.silent], timeout=_DRAIN_SECONDS)
        except TimeoutError:
            return ProgramEnd(problem=f"it did not end within {timeout_seconds:g} s and was killed")
        finally:
            _kill_group(transport.get_pid())
            await asyncio.shield(_close(transport, program))
        stdout, stderr = (program.outputs[fd].decode(errors="replace") for fd in (1, 2))
        return ProgramEnd(exit_code=transport.get_returncode(), stdout=stdout, stderr=stderr)

    def start(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], on_end: OnEnd
    ) -> None:
        """See `UserPrograms.start`."""
        nothing = subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(env),
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            on_end(f"it cannot be started: {why}")
            return
        loop = asyncio.get_running_loop()

        def wait() -> None:
            code = process.wait()
            with suppress(RuntimeError):  # the loop is closed, and nobody listens any more
                loop.call_soon_threadsafe(on_end, f"it ended with {code}" if code else None)

        # A transport of the loop would kill the program at its own end.
        threading.Thread(target=wait, daemon=True).start()


class _Program(asyncio.SubprocessProtocol):
    """What a running program says, up to the limit; `silent` is done when it can say no more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ended = asyncio.Event()
        self.closed = asyncio.Event()
        self.silent: asyncio.Future[None] = loop.create_future()
        self.outputs = {1: bytearray(), 2: bytearray()}
        self.has_input = True
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        output = self.outputs[fd]
        output += data[: _MAX_OUTPUT_BYTES - len(output)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        del exc
        self.has_input = self.has_input and fd != 0
        self._open.discard(fd)
        if not self._open and not self.silent.done():
            self.silent.set_result(None)

    def process_exited(self) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        self.ended.set()

    def connection_lost(self, exc: Exception | None) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        del exc
        self.closed.set()


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    # A program that never reads its input is as good as one that does.
    pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    pipe.write(data)
    pipe.close()


async def _close(transport: asyncio.SubprocessTransport, program: _Program) -> None:
    """Return when the program is reaped and our ends of its pipes are closed, whoever holds the others."""
    await program.ended.wait()
    if program.has_input:
        # Input that nobody will read any more must not keep it open.
        cast("asyncio.WriteTransport", transport.get_pipe_transport(0)).abort()
    transport.close()
    await program.closed.wait()


def _kill_group(pid: int | None) -> None:
    if pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
