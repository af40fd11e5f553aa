"""A command that the user runs in a thread: a turn of its own, without the sandbox, whose output the model sees.

It is the user's own act, so nobody is asked. Interrupting the turn kills it with all its descendants.
"""

from __future__ import annotations

import asyncio
import codecs
import shlex
from collections.abc import Awaitable, Callable

import msgspec

from journeyman.core.fragments import user_command
from journeyman.core.journal import Journal
from journeyman.core.settings import Limits, ThreadSettings
from journeyman.protocol.events import CommandOutputDeltaNotification
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import CommandExecutionItem, UnknownCommandAction
from journeyman.sandbox.api import Command, Launcher, Process
from journeyman.sandbox.policy import UNCONFINED
from journeyman.tools.command_output import BYTES_PER_TOKEN, ItemOutput, readable

_LIVE_BYTES = 8 << 20
_DEFAULT_SECONDS = 3600.0


def user_command_work(
    script: str,
    *,
    journal: Journal,
    launcher: Launcher,
    settings: ThreadSettings,
    seconds: float | None = None,
) -> Callable[[], Awaitable[None]]:
    """What the turn does: runs `script` in the user's shell, at most `seconds` (an hour where None)."""
    command = Command(
        argv=(settings.shell, "-c", script), cwd=settings.cwd, env=settings.command_env
    )
    item = CommandExecutionItem(
        id=new_id(),
        command=shlex.join(command.argv),
        cwd=command.cwd,
        status="inProgress",
        command_actions=[UnknownCommandAction(command=script)],
        source="userShell",
    )
    run = _UserCommand(command, item, journal, settings.limits)
    return lambda: run.run(launcher, seconds or _DEFAULT_SECONDS)


class _UserCommand:
    def __init__(
        self,
        command: Command,
        item: CommandExecutionItem,
        journal: Journal,
        limits: Limits,
    ) -> None:
        self._command = command
        self._item = item
        self._journal = journal
        self._limit_bytes = limits.tool_output_tokens * BYTES_PER_TOKEN
        self._output = ItemOutput(lambda: journal.keep_output(item.id, limits.kept_output_bytes))

    async def run(self, launcher: Launcher, seconds: float) -> None:
        journal = self._journal
        started = journal.clock.monotonic()
        journal.start_item(self._item)
        exit_code: int | None = None
        try:
            exit_code = await self._run_to_end(launcher, seconds)
        finally:
            took = journal.clock.monotonic() - started
            text = self._output.text(self._limit_bytes)
            journal.add_to_history(user_command(self._command.argv[-1], text, exit_code, took))
            journal.complete_item(
                msgspec.structs.replace(
                    self._item,
                    status="completed" if exit_code == 0 else "failed",
                    aggregated_output=self._output.text(),
                    exit_code=exit_code,
                    duration_ms=round(took * 1000),
                )
            )

    async def _run_to_end(self, launcher: Launcher, seconds: float) -> int | None:
        try:
            process = await launcher.launch(self._command, UNCONFINED)
        except OSError as error:
            self._output.add(f"cannot start {self._command.argv[0]}: {error.strerror}\n".encode())
            return None
        try:
            async with asyncio.timeout(seconds):
                return await self._read(process)
        except TimeoutError:
            self._output.add(f"\nstopped after {seconds:g} seconds\n".encode())
            return None
        finally:
            await process.kill()

    async def _read(self, process: Process) -> int:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        journal = self._journal
        while data := await process.read():
            self._output.add(data)
            text = readable(decoder.decode(data))
            if text and self._output.total_bytes <= _LIVE_BYTES:
                journal.notify(
                    CommandOutputDeltaNotification(
                        thread_id=journal.thread_id,
                        turn_id=journal.turn_id,
                        item_id=self._item.id,
                        delta=text,
                    )
                )
        return await process.wait()
