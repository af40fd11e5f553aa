"""command/exec and its kin: commands for the client itself, always through the sandbox's launcher."""

from __future__ import annotations

import base64

from journeyman.protocol import commands
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import (
    DangerFullAccess,
    ReadOnly,
    SandboxPolicy,
    WorkspaceWrite,
)
from journeyman.sandbox.two_streams import StreamName
from journeyman.server.command_session import USUAL_SIZE, CommandSession, check_size
from journeyman.server.dispatch import Call, Handler
from journeyman.server.ports import StandaloneCommand
from journeyman.server.services import required

_KIND = "command/exec"
_DEFAULT_SECONDS = 10.0
_DEFAULT_CAP_BYTES = 1 << 20
# The built-in permission profiles, by the names that the reference gives them.
PROFILES: dict[str, SandboxPolicy] = {
    ":read-only": ReadOnly(),
    ":workspace": WorkspaceWrite(),
    ":danger-full-access": DangerFullAccess(),
}


async def execute(call: Call, params: commands.CommandExecParams) -> None:
    """Run a command, and answer when it has ended."""
    _check(params)
    process_id = params.process_id
    _demand_free(call, process_id)
    streamed = params.tty or params.stream_stdout_stderr

    def tell(stream: StreamName, data: bytes, reached: bool) -> None:  # noqa: FBT001 -- the shape of Tell
        call.peer.notify(
            commands.CommandExecOutputDelta(
                process_id=process_id or "",
                stream=stream,
                delta_base64=base64.b64encode(data).decode(),
                cap_reached=reached,
            )
        )

    process = await required(call.services.commands, "command").launch(_standalone(params))
    session = CommandSession(
        process, frames=not params.tty, cap_bytes=_cap(params), tell=tell if streamed else None
    )
    try:
        # Two requests may have started side by side.
        _demand_free(call, process_id)
    except RpcError:
        await session.close()
        raise
    if process_id is not None:
        call.peer.belongings.hold(_KIND, process_id, session)
    try:
        call.reply(await session.run(_seconds(params)))
    finally:
        if process_id is not None:
            await call.peer.belongings.release(_KIND, process_id)


async def write(call: Call, params: commands.CommandExecWriteParams) -> None:
    """Write to a command's input."""
    if params.delta_base64 is None and not params.close_stdin:
        message = "command/exec/write: nothing to do: give `deltaBase64` or `closeStdin`"
        raise RpcError(message)
    session = _session(call, params.process_id)
    try:
        await session.write(params.delta_base64, close=params.close_stdin)
    except ValueError as error:
        message = f"command/exec/write: `deltaBase64` is not base64: {error}"
        raise RpcError(message) from error
    except BrokenPipeError as error:
        message = f"command/exec/write: {error.strerror}: start it with `streamStdin`"
        raise RpcError(message) from error
    call.reply(commands.CommandExecDone())


async def resize(call: Call, params: commands.CommandExecResizeParams) -> None:
    """Change the size of a command's terminal."""
    size = _checked(params.size)
    _session(call, params.process_id).process.resize(size.cols, size.rows)
    call.reply(commands.CommandExecDone())


async def terminate(call: Call, params: commands.CommandExecTerminateParams) -> None:
    """End a command; the answer to its own request follows."""
    await _session(call, params.process_id).close()
    call.reply(commands.CommandExecDone())


def _session(call: Call, process_id: str) -> CommandSession:
    session = call.peer.belongings.find(_KIND, process_id, CommandSession)
    if session is None:
        message = f'no active command/exec for process id "{process_id}"'
        raise RpcError(message)
    return session


def _demand_free(call: Call, process_id: str | None) -> None:
    if process_id is None:
        return
    if call.peer.belongings.find(_KIND, process_id, CommandSession) is not None:
        raise _refused(f"there is a command with the process id {process_id!r} already")


def _check(params: commands.CommandExecParams) -> None:
    needs_id = params.tty or params.stream_stdin or params.stream_stdout_stderr
    cap, timeout = params.output_bytes_cap, params.timeout_ms
    problems = (
        (not params.command or not params.command[0], "`command` must not be empty"),
        (any("\0" in word for word in params.command), "`command` holds a zero character"),
        (
            needs_id and params.process_id is None,
            "`tty` and streaming need a `processId`, chosen by the client",
        ),
        (params.size is not None and not params.tty, "`size` needs `tty`"),
        (
            params.sandbox_policy is not None and params.permission_profile is not None,
            "give either `sandboxPolicy` or `permissionProfile`",
        ),
        (
            params.disable_timeout and timeout is not None,
            "give either `timeoutMs` or `disableTimeout`",
        ),
        (timeout is not None and timeout < 0, "`timeoutMs` is negative"),
        (
            params.disable_output_cap and cap is not None,
            "give either `outputBytesCap` or `disableOutputCap`",
        ),
        (cap is not None and cap < 0, "`outputBytesCap` is negative"),
    )
    for is_wrong, message in problems:
        if is_wrong:
            raise _refused(message)


def _standalone(params: commands.CommandExecParams) -> StandaloneCommand:
    size = _checked(params.size or USUAL_SIZE)
    policy = params.sandbox_policy
    if params.permission_profile is not None:
        policy = PROFILES.get(params.permission_profile)
        if policy is None:
            known = ", ".join(PROFILES)
            message = f"no permission profile {params.permission_profile!r}: there are {known}"
            raise _refused(message)
    return StandaloneCommand(
        argv=tuple(params.command),
        cwd=params.cwd,
        env=params.env or {},
        policy=policy,
        stdin=params.stream_stdin,
        tty=params.tty,
        columns=size.cols,
        rows=size.rows,
    )


def _checked(size: commands.TerminalSize) -> commands.TerminalSize:
    try:
        check_size(size)
    except ValueError as error:
        raise _refused(str(error)) from error
    return size


def _seconds(params: commands.CommandExecParams) -> float | None:
    if params.disable_timeout:
        return None
    return _DEFAULT_SECONDS if params.timeout_ms is None else params.timeout_ms / 1000


def _cap(params: commands.CommandExecParams) -> int | None:
    if params.disable_output_cap:
        return None
    return _DEFAULT_CAP_BYTES if params.output_bytes_cap is None else params.output_bytes_cap


def _refused(message: str) -> RpcError:
    return RpcError(f"command/exec: {message}")


HANDLERS: dict[str, Handler] = {
    "command/exec": execute,
    "command/exec/resize": resize,
    "command/exec/terminate": terminate,
    "command/exec/write": write,
}
