"""process/*: programs that a client runs beside all threads and without the sandbox, such as its own terminal."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.commands import TerminalSize
from journeyman.protocol.wire import Wire


class ProcessSpawnParams(Wire, frozen=True):
    """Run `command`; answered when it has started, `process/exited` follows.

    `process_handle` is the client's own name for it. A value of None in `env` takes a variable away. Time and
    output are limited unless null says otherwise; `tty` streams both ways.
    """

    command: list[str]
    cwd: str
    process_handle: str
    env: dict[str, str | None] | None = None
    tty: bool = False
    size: TerminalSize | None = None
    stream_stdin: bool = False
    stream_stdout_stderr: bool = False
    output_bytes_cap: int | msgspec.UnsetType | None = msgspec.UNSET
    timeout_ms: int | msgspec.UnsetType | None = msgspec.UNSET


class ProcessWriteStdinParams(Wire, frozen=True):
    """Write to the program's input, close it, or both."""

    process_handle: str
    delta_base64: str | None = None
    close_stdin: bool = False


class ProcessResizePtyParams(Wire, frozen=True):
    """Give its terminal another size."""

    process_handle: str
    size: TerminalSize


class ProcessKillParams(Wire, frozen=True):
    """End it with all its descendants."""

    process_handle: str


class ProcessOutputDeltaNotification(Wire, frozen=True):
    """Output as it came; a terminal has one stream. After `cap_reached` nothing more is sent of this stream."""

    process_handle: str
    stream: Literal["stdout", "stderr"]
    delta_base64: str
    cap_reached: bool


class ProcessExitedNotification(Wire, frozen=True):
    """How it ended: 124 when its time was over; what was streamed is not repeated."""

    process_handle: str
    exit_code: int
    stdout: str
    stderr: str
    stdout_cap_reached: bool
    stderr_cap_reached: bool
