"""The user's programs without processes: each line ends as it is told, and what it was given is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from journeyman.sandbox.api import OnEnd, ProgramEnd

# A line that never ends by itself.
HANGS = "hangs"


class FakePrograms:
    """`UserPrograms` by script: the ends of each line or program in order, the last one again and again.

    Attributes:
        given: line, and input as JSON, of each run.
        started: the words of each program that was left to itself.
    """

    def __init__(self, ends: Mapping[str, list[ProgramEnd]] | None = None) -> None:
        """Lines that are not named end well and say nothing."""
        self.given: list[tuple[str, dict[str, Any]]] = []
        self.started: list[tuple[str, ...]] = []
        self._ends = {line: list(given) for line, given in (ends or {}).items()}

    async def run(
        self,
        line: str,
        *,
        stdin: bytes,
        cwd: str,
        env: Mapping[str, str],
        timeout_seconds: float,
    ) -> ProgramEnd:
        """See `UserPrograms.run`."""
        del cwd, env
        self.given.append((line, msgspec.json.decode(stdin)))
        if line == HANGS:
            await asyncio.sleep(0)
            return ProgramEnd(problem=f"it did not end within {timeout_seconds:g} s and was killed")
        return self._next_end(line)

    def start(
        self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], on_end: OnEnd
    ) -> None:
        """See `UserPrograms.start`."""
        del cwd, env
        self.started.append(tuple(argv))
        on_end(self._next_end(argv[0]).problem)

    def _next_end(self, line: str) -> ProgramEnd:
        ends = self._ends.get(line, [])
        if not ends:
            return ProgramEnd(exit_code=0)
        return ends[0] if len(ends) == 1 else ends.pop(0)
