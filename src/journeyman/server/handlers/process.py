"""process/*: programs of the client's own, without the sandbox, that outlive the request that starts them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import msgspec

from journeyman.protocol import processes
from journeyman.protocol.commands import CommandExecResponse, TerminalSize
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, RpcError
from journeyman.protocol.permissions import DangerFullAccess
from journeyman.sandbox.two_streams import StreamName
from journeyman.server.command_session import USUAL_SIZE, CommandSession, check_size
from journeyman.server.dispatch import Call, Handler
from journeyman.server.ports import StandaloneCommand
from journeyman.server.services import required

_KIND = "process"
_DEFAULT_SECONDS = 10.0
_DEFAULT_CAP_BYTES = 1 << 20


class _Spawned:
    """A running program: a `Belonging` of its client."""

    def __init__(self, session: CommandSession, params: processes.ProcessSpawnParams) -> None:
        self.session = session
        self.takes_input = params.stream_stdin or params.tty
        self.has_terminal = params.tty
        self._task: asyncio.Task[None] | None = None

    def begin(self, seconds: float | None, ended: Callable[[CommandExecResponse], None]) -> None:
        """Follow it to its end, which `ended` is told."""

        async def run() -> None:
            ended(await self.session.run(seconds))

        self._task = asyncio.create_task(run())

    async def close(self) -> None:
        await self.session.close()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)


async def spawn(call: Call, params: processes.ProcessSpawnParams) -> None:
    """Start a program."""
    _check(params)
    handle, belongings = params.process_handle, call.peer.belongings
    _demand_free(call, handle)

    def tell(stream: StreamName, data: bytes, reached: bool) -> None:  # noqa: FBT001 -- the shape of Tell
        call.peer.notify(
            processes.ProcessOutputDeltaNotification(
                process_handle=handle,
                stream=stream,
                delta_base64=base64.b64encode(data).decode(),
                cap_reached=reached,
            )
        )

    try:
        process = await required(call.services.commands, "process").launch(_standalone(params))
    except RpcError as error:
        raise RpcError(f"failed to spawn process: {error.message}", code=INTERNAL_ERROR) from error
    streamed = params.tty or params.stream_stdout_stderr
    cap = params.output_bytes_cap
    session = CommandSession(
        process,
        frames=not params.tty,
        cap_bytes=_DEFAULT_CAP_BYTES if isinstance(cap, msgspec.UnsetType) else cap,
        tell=tell if streamed else None,
    )
    spawned = _Spawned(session, params)
    try:
        # Two requests may have started side by side.
        _demand_free(call, handle)
    except RpcError:
        await spawned.close()
        raise
    belongings.hold(_KIND, handle, spawned)
    call.reply(Empty())

    def ended(result: CommandExecResponse) -> None:
        belongings.forget(_KIND, handle)
        call.peer.notify(
            processes.ProcessExitedNotification(
                process_handle=handle,
                exit_code=result.exit_code,
                stdout=result.stdout,
                stderr=result.stderr,
                stdout_cap_reached=session.is_capped("stdout"),
                stderr_cap_reached=session.is_capped("stderr"),
            )
        )

    timeout = params.timeout_ms
    seconds = None if timeout is None else _DEFAULT_SECONDS
    spawned.begin(timeout / 1000 if isinstance(timeout, int) else seconds, ended)


async def write(call: Call, params: processes.ProcessWriteStdinParams) -> None:
    """Write to a program's input."""
    spawned = _spawned(call, params.process_handle)
    if params.delta_base64 is None and not params.close_stdin:
        raise RpcError(
            "process/writeStdin: give `deltaBase64` or `closeStdin`", code=INVALID_PARAMS
        )
    if not spawned.takes_input:
        raise RpcError("process/writeStdin: start the process with `streamStdin`")
    try:
        await spawned.session.write(params.delta_base64, close=params.close_stdin)
    except ValueError as error:
        message = f"process/writeStdin: `deltaBase64` is not base64: {error}"
        raise RpcError(message, code=INVALID_PARAMS) from error
    except BrokenPipeError as error:
        raise RpcError(f"process/writeStdin: {error.strerror}: its input is closed") from error
    call.reply(Empty())


async def resize(call: Call, params: processes.ProcessResizePtyParams) -> None:
    """Change the size of a program's terminal."""
    spawned, size = _spawned(call, params.process_handle), _checked(params.size)
    if not spawned.has_terminal:
        raise RpcError("process/resizePty: start the process with `tty`")
    spawned.session.process.resize(size.cols, size.rows)
    call.reply(Empty())


async def kill(call: Call, params: processes.ProcessKillParams) -> None:
    """End a program; process/exited follows."""
    await _spawned(call, params.process_handle).session.close()
    call.reply(Empty())


def _spawned(call: Call, handle: str) -> _Spawned:
    spawned = call.peer.belongings.find(_KIND, handle, _Spawned)
    if spawned is None:
        raise RpcError(f"no active process for process handle {handle!r}")
    return spawned


def _demand_free(call: Call, handle: str) -> None:
    if call.peer.belongings.find(_KIND, handle, _Spawned) is not None:
        raise RpcError(f"duplicate active process handle: {handle!r}")


def _check(params: processes.ProcessSpawnParams) -> None:
    cap, timeout = params.output_bytes_cap, params.timeout_ms
    problems = (
        (not params.command, "`command` must not be empty", INVALID_REQUEST),
        (not params.process_handle, "`processHandle` must not be empty", INVALID_REQUEST),
        (not params.cwd.startswith("/"), "`cwd` must be an absolute path", INVALID_REQUEST),
        (
            any("\0" in word for word in (*params.command, params.cwd)),
            "`command` or `cwd` holds a zero character",
            INVALID_REQUEST,
        ),
        (params.size is not None and not params.tty, "`size` needs `tty`", INVALID_PARAMS),
        (isinstance(timeout, int) and timeout < 0, "`timeoutMs` is negative", INVALID_PARAMS),
        (isinstance(cap, int) and cap < 0, "`outputBytesCap` is negative", INVALID_REQUEST),
    )
    for is_wrong, message, code in problems:
        if is_wrong:
            raise RpcError(f"process/spawn: {message}", code=code)


def _standalone(params: processes.ProcessSpawnParams) -> StandaloneCommand:
    size = _checked(params.size or USUAL_SIZE)
    return StandaloneCommand(
        argv=tuple(params.command),
        cwd=params.cwd,
        env=params.env or {},
        policy=DangerFullAccess(),
        stdin=params.stream_stdin,
        tty=params.tty,
        columns=size.cols,
        rows=size.rows,
    )


def _checked(size: TerminalSize) -> TerminalSize:
    try:
        check_size(size)
    except ValueError as error:
        raise RpcError(str(error), code=INVALID_PARAMS) from error
    return size


HANDLERS: dict[str, Handler] = {
    "process/kill": kill,
    "process/resizePty": resize,
    "process/spawn": spawn,
    "process/writeStdin": write,
}
