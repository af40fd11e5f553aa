"""The launcher port: the only way anything the model asked for becomes a process.

A launcher either starts the command confined as the policy says or raises `ConfinementError`; there is no
third way. Backends implement it, the core and the tools use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from journeyman.sandbox.policy import Policy

# What a shell would see when confinement could not be set up.
CONFINEMENT_EXIT_CODE = 125


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: `env` is the whole environment.

    Its input is empty unless `stdin` asks for a pipe to write to, or `tty` for a pseudo-terminal of that
    size. Empty means /dev/null: programs such as ripgrep read a pipe instead of the directory.
    """

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    stdin: bool = False
    tty: bool = False
    columns: int = 120
    rows: int = 30


class NetworkRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy refused something a command wanted: what, by which rule, and what would allow it.

    `method` is CONNECT for a tunnel, as TLS uses one. Where `approvable` is False, nobody can allow it now.
    """

    host: str
    port: int
    method: str
    rule: str
    suggestion: str
    approvable: bool


# Told of each refusal; True lets it pass this once.
OnRefused = Callable[[NetworkRefused], Awaitable[bool]]
# A name and a port to addresses, in the order to try; raises OSError when there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class ConfinementError(Exception):
    """The command did not run because it could not be confined; `fix` says what the user can do."""

    def __init__(self, reason: str, *, fix: str) -> None:
        """Keep the reason and the way out."""
        super().__init__(f"{reason}. {fix}")
        self.reason = reason
        self.fix = fix


class Process(Protocol):
    """A running command with all its descendants; stdout and stderr arrive merged, as they came."""

    async def read(self) -> bytes:
        """The next output, at most 64 KiB; empty when the output has ended."""
        ...

    async def write(self, data: bytes) -> None:
        """Send to stdin; raises `BrokenPipeError` when nobody reads or there is no input to write to."""
        ...

    async def close_stdin(self) -> None:
        """End of input (Ctrl-D on a terminal)."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Give its terminal, where it has one, this size."""
        ...

    async def wait(self) -> int:
        """The exit code; 128 + signal number when a signal ended it.

        `CONFINEMENT_EXIT_CODE` when the sandbox failed while it was set up: the command did not run and
        the output holds the reason.
        """
        ...

    async def kill(self) -> None:
        """Kill the whole tree and wait until none of it is left; idempotent."""
        ...


class Launcher(Protocol):
    """Starts commands under a policy."""

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """Start `command` confined by `policy`.

        `on_refused` hears of what `policy.network_rules` refuse while it runs, and may allow it.

        Raises:
            ConfinementError: it could not be confined; nothing ran.
            OSError: the program or its directory does not exist, or cannot be executed.
        """
        ...


class ProgramEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a program of the user's ended: `problem` says why it has no exit code."""

    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    problem: str | None = None


# Told in the event loop of a program that was left to itself: why it failed, or None.
OnEnd = Callable[[str | None], None]


class UserPrograms(Protocol):
    """Runs programs of the user's own, such as hooks, without a sandbox. Never anything a model wrote."""

    async def run(
        self,
        line: str,
        *,
        stdin: bytes,
        cwd: str,
        env: Mapping[str, str],
        timeout_seconds: float,
    ) -> ProgramEnd:
        """Run a shell line to its end; its output is bounded, and nothing of it is left after that or a timeout."""
        ...

    def start(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], on_end: OnEnd
    ) -> None:
        """Start a program and leave it to itself, without input and output: it may outlive this one."""
        ...
