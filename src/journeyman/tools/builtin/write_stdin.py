"""The tool `write_stdin`: talks to a command that `exec_command` left running, or waits for it."""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.tools.api import (
    Invocation,
    Scope,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
    Typed,
)
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments
from journeyman.tools.builtin.exec_command import output_budget, output_text, yield_seconds
from journeyman.tools.builtin.exec_sessions import ExecSession, ExecSessions

# Who writes wants the reaction; who only waits wants few and long waits.
_AFTER_WRITE_MS = 250
_POLL_MS = 5_000
_MAX_POLL_MS = 300_000

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "session_id": {"type": "number", "description": "From exec_command."},
        "chars": {
            "type": "string",
            "description": r"What to type; \u0003 is Ctrl-C, which ends any command. Default: nothing.",
        },
        "yield_time_ms": {
            "type": "number",
            "description": "How long to wait: default 250 after typing, else 5000; up to 300000.",
        },
        "max_output_tokens": {"type": "number", "description": "Output budget. Default 10000."},
    },
    "required": ["session_id"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True, kw_only=True):
    session_id: int
    chars: str = ""
    yield_time_ms: float | None = None
    max_output_tokens: float | None = None


class WriteStdinTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, sessions: ExecSessions, *, max_poll_ms: int = _MAX_POLL_MS) -> None:
        """Take the thread's sessions and the longest wait."""
        self._sessions = sessions
        self._max_poll_ms = max_poll_ms
        self.spec = ToolSpec(
            name="write_stdin", description=prompt_beside(__file__), parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        given = read_arguments(call, _Arguments)
        session = self._sessions.find(given.session_id)
        if given.chars:
            least, default, most = _AFTER_WRITE_MS, _AFTER_WRITE_MS, 30_000
        else:
            least, default, most = _AFTER_WRITE_MS, _POLL_MS, self._max_poll_ms
        asked = default if given.yield_time_ms is None else given.yield_time_ms
        return _Write(
            self._sessions,
            session,
            given,
            wait_seconds=yield_seconds(asked, least_ms=least, most_ms=most),
            max_tokens=output_budget(given.max_output_tokens, scope),
        )

    async def settle(self, *, kill: bool) -> None:
        """The sessions belong to `exec_command`, which settles them."""


class _Write:
    """One validated call; it shows no item of its own."""

    item = None
    need = None

    def __init__(
        self,
        sessions: ExecSessions,
        session: ExecSession,
        given: _Arguments,
        *,
        wait_seconds: float,
        max_tokens: int,
    ) -> None:
        self.mutates = bool(given.chars)
        self._sessions = sessions
        self._session = session
        self._given = given
        self._wait_seconds = wait_seconds
        self._max_tokens = max_tokens

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        number = self._given.session_id
        started = self._sessions.clock.monotonic()
        if self._given.chars:
            await self._write()
        context.emit(Typed(self._session.described(number), self._given.chars))
        await self._session.wait(self._wait_seconds)
        polled = self._session.poll(self._max_tokens)
        if polled.exit_code is not None:
            self._sessions.forget(number)
        seconds = self._sessions.clock.monotonic() - started
        return ToolOutput(content=output_text(polled, number, seconds))

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return ToolOutput(content=reason, success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return ToolOutput(content="aborted by user", success=False)

    async def _write(self) -> None:
        if self._given.chars == "\x03" and not self._session.tty:
            # Without a terminal nothing turns the character into a signal.
            await self._session.kill()
            return
        try:
            await self._session.process.write(self._given.chars.encode())
        except BrokenPipeError as error:
            if self._session.finished.is_set():
                return  # it has just ended; its last output and exit code follow
            raise ToolError(
                f"write_stdin failed: session {self._given.session_id} has no input;"
                " start the command again with tty: true"
            ) from error
