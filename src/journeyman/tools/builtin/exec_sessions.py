"""Running commands of one thread: the table both shell tools share, and one session per command.

A session reads its process from start to end, tells the user while it happens, keeps bounded output for
the model, and settles its item exactly once: in its call, when it ends later, or when the turn ends.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable

import msgspec

from journeyman.clock import Clock
from journeyman.protocol.items import CommandExecutionItem, RunStatus
from journeyman.sandbox.api import Process
from journeyman.tools.api import OutputDelta, RunningCommand, ToolContext, ToolError
from journeyman.tools.command_output import (
    BYTES_PER_TOKEN,
    ITEM_BYTES,
    HeadAndTail,
    ItemOutput,
    bounded_text,
    readable,
    tokens_of,
)

MAX_SESSIONS = 64
# More than this live is for nobody's eyes, and would fill the clients' queues; the item has the ends.
_LIVE_BYTES = 8 << 20


class Polled(msgspec.Struct, frozen=True):
    """What came since the last look: its text, its whole size, and the exit code once there is one."""

    text: str
    tokens: int
    exit_code: int | None


class ExecSession:
    """One command from its start to its end."""

    def __init__(
        self,
        item: CommandExecutionItem,
        process: Process,
        context: ToolContext,
        clock: Clock,
        *,
        tty: bool,
        max_seconds: float | None,
    ) -> None:
        """Begin to read `process`; the item is open and belongs to the call that started it."""
        self.process = process
        self.tty = tty
        self.exit_code: int | None = None
        self.finished = asyncio.Event()
        self._item = item
        self._context: ToolContext | None = context
        self._clock = clock
        self._started = clock.monotonic()
        self._all = ItemOutput(self._keep)
        self._unread = HeadAndTail(ITEM_BYTES)
        self._in_call = True
        self._reader = asyncio.create_task(self._read_to_end())
        self._limit = asyncio.create_task(self._end_after(max_seconds)) if max_seconds else None

    async def wait(self, seconds: float) -> None:
        """Wait until the command has ended, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self.finished.wait()
        except TimeoutError:
            return

    def poll(self, max_tokens: int) -> Polled:
        """Take the output since the last poll."""
        unread, self._unread = self._unread, HeadAndTail(ITEM_BYTES)
        text = bounded_text(unread, max_tokens * BYTES_PER_TOKEN)
        return Polled(text, tokens_of(unread.total_bytes), self.exit_code)

    def take_item(self) -> CommandExecutionItem:
        """The settled item, for the call that started it; no other way settles it after this."""
        self._context = None
        failed = self.exit_code is None or self.exit_code != 0
        return self._settled("failed" if failed else "completed")

    def leave_running(self) -> None:
        """The call returns while the command runs: the item is settled when it ends."""
        self._in_call = False
        if self.finished.is_set():
            self._settle_in_context()

    async def end_turn(self, *, kill: bool) -> None:
        """Settle the item if it is open; with `kill`, end the command first."""
        if kill:
            await self.kill()
        context, self._context = self._context, None
        if context is not None:
            context.settle_item(self._settled("failed" if kill else "completed"))

    async def kill(self) -> None:
        """End the command with its whole tree, and read its last words."""
        await self.process.kill()
        await self.finished.wait()

    def described(self, number: int) -> RunningCommand:
        """The command as a user sees it."""
        shown = [action.command for action in self._item.command_actions]
        return RunningCommand(
            number=number,
            item_id=self._item.id,
            command=shown[0] if shown else self._item.command,
            cwd=self._item.cwd,
        )

    def _settled(self, status: RunStatus) -> CommandExecutionItem:
        return msgspec.structs.replace(
            self._item,
            status=status,
            aggregated_output=self._all.text(),
            exit_code=self.exit_code,
            duration_ms=round((self._clock.monotonic() - self._started) * 1000),
        )

    async def _read_to_end(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        try:
            while data := await self.process.read():
                self._all.add(data)
                self._unread.add(data)
                if self._context is not None and self._all.total_bytes <= _LIVE_BYTES:
                    text = readable(decoder.decode(data))
                    if text:
                        self._context.emit(OutputDelta(text))
            self.exit_code = await self.process.wait()
        finally:
            if self._limit is not None:
                self._limit.cancel()
            self.finished.set()
            if not self._in_call:
                self._settle_in_context()

    def _keep(self) -> Callable[[bytes], None]:
        context = self._context
        return (lambda _: None) if context is None else context.keep_output()

    async def _end_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.process.kill()

    def _settle_in_context(self) -> None:
        context = self._context
        if context is not None:
            context.settle_item(self.take_item())


class ExecSessions:
    """The sessions of one thread by number; ended ones stay until their end was told."""

    def __init__(self, clock: Clock) -> None:
        """Hold none."""
        self.clock = clock
        self._last_id = 0
        self._sessions: dict[int, ExecSession] = {}

    def next_id(self) -> int:
        """A number that was not used before in this thread."""
        self._last_id += 1
        return self._last_id

    def check_room(self) -> None:
        """Make room for one more.

        Raises:
            ToolError: too many commands are running.
        """
        for number, session in list(self._sessions.items()):
            if len(self._sessions) < MAX_SESSIONS:
                return
            if session.finished.is_set():
                del self._sessions[number]
        if len(self._sessions) >= MAX_SESSIONS:
            running = ", ".join(map(str, self._sessions))
            raise ToolError(
                f"{MAX_SESSIONS} commands are still running (sessions {running});"
                " end some with write_stdin and chars \\u0003 before starting another"
            )

    def add(self, number: int, session: ExecSession) -> None:
        """Hold a session that has started."""
        self._sessions[number] = session

    def find(self, number: int) -> ExecSession:
        """The session of that number; raises `ToolError` naming those there are."""
        if number not in self._sessions:
            known = ", ".join(map(str, self._sessions)) or "none"
            raise ToolError(f"write_stdin failed: unknown session {number}. Running: {known}")
        return self._sessions[number]

    def forget(self, number: int) -> None:
        """Let go of an ended session whose end was told."""
        self._sessions.pop(number, None)

    def running(self) -> list[RunningCommand]:
        """See `RunningCommands.running`."""
        return [
            session.described(number)
            for number, session in self._sessions.items()
            if not session.finished.is_set()
        ]

    async def end(self, number: int) -> bool:
        """See `RunningCommands.end`; what reads the session's output still finds its last words."""
        session = self._sessions.get(number)
        if session is None or session.finished.is_set():
            return False
        await session.kill()
        return True

    async def end_turn(self, *, kill: bool) -> None:
        """Settle every open item; with `kill`, end what still runs."""
        for number, session in list(self._sessions.items()):
            await session.end_turn(kill=kill)
            if kill:
                self.forget(number)
