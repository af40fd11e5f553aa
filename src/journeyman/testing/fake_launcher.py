"""A launcher without processes: tests say what each command prints and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from journeyman.sandbox.api import Command, NetworkRefused, OnRefused, Process
from journeyman.sandbox.policy import Policy

_KILLED = 137


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What a fake command does: print `output` piece by piece, then exit with `exit_code`.

    `runs_on` keeps it running after its output until it is killed or its input is closed; `echo` prints
    what is written to it; `error` is raised instead of starting it. `refused` is what the network rules
    refuse it at its start.
    """

    output: tuple[bytes, ...] = ()
    exit_code: int = 0
    runs_on: bool = False
    echo: bool = False
    error: Exception | None = None
    refused: tuple[NetworkRefused, ...] = ()


class FakeProcess:
    """`journeyman.sandbox.api.Process` over a script."""

    def __init__(self, script: Script) -> None:
        """Have the script's output ready."""
        self.written: list[bytes] = []
        self.killed = False
        self._script = script
        self._exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._output: asyncio.Queue[bytes] = asyncio.Queue()
        for data in script.output:
            self._output.put_nowait(data)
        if not script.runs_on:
            self._end(script.exit_code)

    @property
    def ended(self) -> bool:
        """Whether it has an exit code."""
        return self._exit.done()

    async def read(self) -> bytes:
        """See `Process.read`."""
        if self._exit.done() and self._output.empty():
            return b""
        return await self._output.get()

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        if self._exit.done():
            raise BrokenPipeError("the command has ended")
        self.written.append(data)
        if self._script.echo:
            self._output.put_nowait(data)

    def resize(self, columns: int, rows: int) -> None:
        """See `Process.resize`; a scripted output has one size."""

    async def close_stdin(self) -> None:
        """See `Process.close_stdin`."""
        self._end(self._script.exit_code)

    async def wait(self) -> int:
        """See `Process.wait`."""
        return await asyncio.shield(self._exit)

    async def kill(self) -> None:
        """See `Process.kill`."""
        self.killed = self.killed or not self._exit.done()
        self._end(_KILLED)

    def _end(self, exit_code: int) -> None:
        if not self._exit.done():
            self._exit.set_result(exit_code)
            self._output.put_nowait(b"")


class FakeLauncher:
    """Answers each launch by a script and remembers what was launched, with its policy."""

    def __init__(self, *scripts: Script, answer: Callable[[Command], Script] | None = None) -> None:
        """Take the scripts in order of launch, or a function that gives one for each command."""
        self.launched: list[tuple[Command, Policy]] = []
        self.processes: list[FakeProcess] = []
        self.network_answers: list[bool] = []
        self._scripts = list(scripts)
        self._answer = answer

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`.

        Raises:
            AssertionError: more commands were launched than scripts given.
        """
        self.launched.append((command, policy))
        script = self._next(command)
        if script.error is not None:
            raise script.error
        if on_refused is not None:
            self.network_answers += [await on_refused(refused) for refused in script.refused]
        process = FakeProcess(script)
        self.processes.append(process)
        return process

    def running(self) -> list[FakeProcess]:
        """The processes that have not ended."""
        return [process for process in self.processes if not process.ended]

    def _next(self, command: Command) -> Script:
        if self._answer is not None:
            return self._answer(command)
        if not self._scripts:
            message = f"no script left for {command.argv}"
            raise AssertionError(message)
        return self._scripts.pop(0)
