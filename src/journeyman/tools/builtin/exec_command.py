"""The tool `exec_command`: runs a shell command, for a moment or as a session that goes on.

Owns its arguments, the shell and the texts for the model; sessions own what runs. A command that only
applies a patch is handed to the patch tool.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.protocol.items import CommandExecutionItem, UnknownCommandAction
from journeyman.sandbox.api import Command
from journeyman.tools.api import (
    ApprovalNeed,
    Invocation,
    Scope,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.builtin.apply_patch import ApplyPatchTool
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments
from journeyman.tools.builtin.exec_sessions import ExecSession, ExecSessions, Polled
from journeyman.tools.command_output import looks_denied

_MIN_YIELD_MS = 250
_MAX_YIELD_MS = 30_000
# The kernel refuses longer words (MAX_ARG_STRLEN).
_MAX_COMMAND_BYTES = 131_000

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "cmd": {"type": "string", "description": "Shell command."},
        "workdir": {"type": "string", "description": "Directory; default: the project's."},
        "tty": {
            "type": "boolean",
            "description": "Run in a terminal, so that write_stdin works. Default: pipes, no input.",
        },
        "yield_time_ms": {
            "type": "number",
            "description": "How long to wait for the end, 250 to 30000. Default 10000.",
        },
        "max_output_tokens": {"type": "number", "description": "Output budget. Default 10000."},
        "shell": {"type": "string", "description": "Shell program; default: the user's."},
        "login": {"type": "boolean", "description": "Run as a login shell. Default false."},
        "sandbox_permissions": {
            "type": "string",
            "enum": ["use_default", "require_escalated"],
            "description": "require_escalated asks the user to run it without the sandbox.",
        },
        "justification": {
            "type": "string",
            "description": "With require_escalated: the question to the user.",
        },
        "prefix_rule": {
            "type": "array",
            "items": {"type": "string"},
            "description": "With require_escalated: command prefix to allow from now on.",
        },
    },
    "required": ["cmd"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True, kw_only=True):
    cmd: str
    workdir: str | None = None
    tty: bool = False
    yield_time_ms: float = 10_000
    max_output_tokens: float | None = None
    shell: str | None = None
    login: bool = False
    sandbox_permissions: Literal["use_default", "require_escalated"] = "use_default"
    justification: str | None = None
    prefix_rule: tuple[str, ...] | None = None


class ExecCommandTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = True

    def __init__(
        self,
        sessions: ExecSessions,
        patches: ApplyPatchTool,
        *,
        shell: str = "/bin/bash",
        allow_login: bool = True,
        max_seconds: float | None = None,
    ) -> None:
        """Take the thread's sessions, the tool for patches, and the user's shell.

        `max_seconds` ends any command after that time; None lets it run until the thread ends.
        """
        self._sessions = sessions
        self._patches = patches
        self._shell = shell
        self._allow_login = allow_login
        self._max_seconds = max_seconds
        self.spec = ToolSpec(
            name="exec_command", description=prompt_beside(__file__), parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        given = read_arguments(call, _Arguments)
        if not given.cmd.strip():
            raise ToolError("exec_command: cmd is empty")
        if len(given.cmd.encode()) > _MAX_COMMAND_BYTES or "\0" in given.cmd:
            raise ToolError(
                "exec_command: cmd is longer than 128 KiB or has a NUL character."
                " Write the script to a file with apply_patch and run that file"
            )
        cwd = os.path.normpath(Path(scope.cwd, given.workdir or "."))
        patch = self._patches.prepare_command(
            given.cmd, call.call_id, msgspec.structs.replace(scope, cwd=cwd)
        )
        if patch is not None:
            return patch
        self._sessions.check_room()
        number = self._sessions.next_id()
        command = Command(argv=self._argv(given), cwd=cwd, env=scope.env, tty=given.tty)
        return _Run(
            self._sessions,
            command,
            _started_item(call.call_id, number, command, given.cmd),
            _need(given, command),
            limits=_Limits(
                wait_seconds=yield_seconds(given.yield_time_ms, least_ms=_MIN_YIELD_MS),
                max_tokens=output_budget(given.max_output_tokens, scope),
                max_seconds=self._max_seconds,
            ),
            confined=scope.confined,
        )

    async def settle(self, *, kill: bool) -> None:
        """See `Tool.settle`."""
        await self._sessions.end_turn(kill=kill)

    def _argv(self, given: _Arguments) -> tuple[str, ...]:
        if given.login and not self._allow_login:
            raise ToolError("exec_command: login shells are switched off here (allow_login_shell)")
        return (given.shell or self._shell, "-lc" if given.login else "-c", given.cmd)


class _Limits(msgspec.Struct, frozen=True):
    wait_seconds: float
    max_tokens: int
    max_seconds: float | None


class _Run:
    """One validated command."""

    mutates = True

    def __init__(
        self,
        sessions: ExecSessions,
        command: Command,
        item: CommandExecutionItem,
        need: ApprovalNeed,
        *,
        limits: _Limits,
        confined: bool,
    ) -> None:
        self.item = item
        self.need = need
        self._sessions = sessions
        self._command = command
        self._limits = limits
        self._confined = confined
        self._session: ExecSession | None = None

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        clock = self._sessions.clock
        started = clock.monotonic()
        try:
            process = await context.launch(self._command)
        except OSError as error:
            text = (
                f"exec_command failed: {error.filename or self._command.argv[0]}: {error.strerror}"
            )
            return ToolOutput(content=text, item=self._unstarted("failed", text), success=False)
        number = int(self.item.process_id or 0)
        session = ExecSession(
            self.item,
            process,
            context,
            clock,
            tty=self._command.tty,
            max_seconds=self._limits.max_seconds,
        )
        self._session = session
        self._sessions.add(number, session)
        try:
            await session.wait(self._limits.wait_seconds)
        except BaseException:
            self._sessions.forget(number)
            await session.kill()
            raise
        polled = session.poll(self._limits.max_tokens)
        content = output_text(polled, number, clock.monotonic() - started)
        if polled.exit_code is None:
            session.leave_running()
            return ToolOutput(content=content)
        self._sessions.forget(number)
        return ToolOutput(
            content=content,
            item=session.take_item(),
            success=polled.exit_code == 0,
            denied=self._confined and looks_denied(polled.exit_code, polled.text),
        )

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return ToolOutput(content=reason, item=self._unstarted("declined", None), success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        item = self._session.take_item() if self._session else self._unstarted("failed", None)
        seconds = (item.duration_ms or 0) / 1000
        return ToolOutput(content=f"aborted by user after {seconds:.1f}s", item=item, success=False)

    def _unstarted(
        self, status: Literal["failed", "declined"], output: str | None
    ) -> CommandExecutionItem:
        return msgspec.structs.replace(
            self.item, status=status, process_id=None, aggregated_output=output
        )


def output_text(polled: Polled, number: int, seconds: float) -> str:
    """What the model is told of a command's output and state."""
    state = (
        f"Process running with session ID {number}"
        if polled.exit_code is None
        else f"Process exited with code {polled.exit_code}"
    )
    return (
        f"Chunk ID: {os.urandom(3).hex()}\n"
        f"Wall time: {seconds:.4f} seconds\n"
        f"{state}\n"
        f"Original token count: {polled.tokens}\n"
        f"Output:\n{polled.text}"
    )


def output_budget(asked: float | None, scope: Scope) -> int:
    """How many tokens of output the call may return."""
    if asked is None:
        return scope.max_output_tokens
    return max(1, min(int(asked), scope.max_output_tokens))


def yield_seconds(asked_ms: float, *, least_ms: int, most_ms: int = _MAX_YIELD_MS) -> float:
    """How long to wait, within the limits."""
    return max(least_ms, min(asked_ms, most_ms)) / 1000


def _started_item(call_id: str, number: int, command: Command, script: str) -> CommandExecutionItem:
    return CommandExecutionItem(
        id=call_id,
        command=shlex.join(command.argv),
        cwd=command.cwd,
        status="inProgress",
        command_actions=[UnknownCommandAction(command=script)],
        process_id=str(number),
        source="unifiedExecStartup",
    )


def _need(given: _Arguments, command: Command) -> ApprovalNeed:
    escalate = given.sandbox_permissions == "require_escalated"
    rule: Sequence[str] | None = given.prefix_rule if escalate else None
    return ApprovalNeed(
        argv=command.argv,
        cwd=command.cwd,
        escalate=escalate,
        justification=given.justification,
        prefix_rule=tuple(rule) if rule else None,
    )
