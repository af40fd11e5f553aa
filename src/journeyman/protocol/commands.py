"""command/exec: commands that a client runs outside of any thread, in the sandbox that it asks for."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.permissions import SandboxPolicy
from journeyman.protocol.wire import Wire


class TerminalSize(Wire, frozen=True):
    """In characters."""

    rows: int
    cols: int


class CommandExecParams(Wire, frozen=True):
    """Run `command`; answered when it has ended.

    `sandbox_policy` or `permission_profile` say what it may do; without either it is what a turn there would
    have. `process_id` is the client's choice and needed to write to it, to stream its output or to end it. A
    value of None in `env` takes a variable away.
    """

    command: list[str]
    cwd: str | None = None
    env: dict[str, str | None] | None = None
    process_id: str | None = None
    sandbox_policy: SandboxPolicy | None = None
    permission_profile: str | None = None
    timeout_ms: int | None = None
    disable_timeout: bool = False
    output_bytes_cap: int | None = None
    disable_output_cap: bool = False
    tty: bool = False
    size: TerminalSize | None = None
    stream_stdin: bool = False
    stream_stdout_stderr: bool = False


class CommandExecResponse(Wire, frozen=True):
    """How it ended: 124 when its time was over; what was streamed is not repeated."""

    exit_code: int
    stdout: str
    stderr: str


class CommandExecWriteParams(Wire, frozen=True):
    """Write to the command's input, close it, or both."""

    process_id: str
    delta_base64: str | None = None
    close_stdin: bool = False


class CommandExecResizeParams(Wire, frozen=True):
    """Give its terminal another size."""

    process_id: str
    size: TerminalSize


class CommandExecTerminateParams(Wire, frozen=True):
    """End it with all its descendants."""

    process_id: str


class CommandExecDone(Wire, frozen=True):
    """It is done."""


class CommandExecOutputDelta(Wire, frozen=True):
    """Output as it came; a terminal has one stream. After `cap_reached` nothing more is sent of this stream."""

    process_id: str
    stream: Literal["stdout", "stderr"]
    delta_base64: str
    cap_reached: bool
