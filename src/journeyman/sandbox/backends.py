"""Chooses the strongest backend that works on this machine, once, by running a command in it.

The order is the caller's, best first. A degraded backend is used only for what the user agreed to. Where
none works, nothing runs, and the reason and the way out are told.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Protocol

import msgspec

from journeyman.sandbox.api import Command, ConfinementError, OnRefused, Process
from journeyman.sandbox.policy import Policy

_PROBE_SECONDS = 10.0
_PROBE = Command(argv=("/bin/sh", "-c", "echo confined"), cwd="/", env={"PATH": "/usr/bin:/bin"})
_FIX = (
    "Let users make namespaces (sysctl user.max_user_namespaces > 0, kernel.unprivileged_userns_clone=1,"
    " kernel.apparmor_restrict_unprivileged_userns=0; in a container, a seccomp profile that allows them),"
    " or install bubblewrap (apt install bubblewrap). To run without a sandbox, say so by name:"
    " -s danger-full-access"
)


class Confining(Protocol):
    """A launcher of confined commands, as a candidate."""

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`; `policy` is a confined one."""
        ...

    async def run(self, command: Command, policy: Policy) -> int:
        """Run `command` on this process's standard streams, none of them its terminal; its exit code."""
        ...

    def close(self) -> None:
        """Take back what commands needed on the host."""
        ...


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A backend by its name. A degraded one cannot hold everything that a policy says."""

    name: str
    launcher: Confining
    degraded: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the probe found: the backend that is used, and why each one before it is not."""

    name: str | None
    degraded: bool = False
    refused: tuple[tuple[str, str], ...] = ()
    fix: str = _FIX


class ChosenLauncher:
    """Launches confined commands by the first candidate that works."""

    def __init__(
        self, candidates: Sequence[Candidate], *, degraded_writes: bool = False, fix: str = _FIX
    ) -> None:
        """Take the candidates; `degraded_writes` is the user's word that a degraded one may write.

        `fix` is what the user can do where none works.
        """
        self._fix = fix
        self._candidates = tuple(candidates)
        self._degraded_writes = degraded_writes
        self._probe: asyncio.Task[tuple[Candidate | None, Choice]] | None = None
        self._warm_up: asyncio.TimerHandle | None = None

    def warm_up(self, delay_seconds: float) -> None:
        """Begin to find out which one works so much later, unless it was closed by then; returns at once."""
        if self._warm_up is None:
            self._warm_up = asyncio.get_running_loop().call_later(delay_seconds, self._begin)

    def close(self) -> None:
        """Take back what commands needed on the host; who still waits for the choice is told."""
        if self._warm_up is not None:
            self._warm_up.cancel()
        if self._probe is not None and not self._probe.done():
            self._probe.cancel()  # else it would start again what is ended here
            self._probe = None
        for candidate in self._candidates:
            candidate.launcher.close()

    async def choice(self) -> Choice:
        """What was chosen, for a person to read.

        Raises:
            ConfinementError: it was closed meanwhile.
        """
        return (await self._found())[1]

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        """See `Launcher.launch`; `policy` is a confined one."""
        launcher = await self._for(policy)
        return await launcher.launch(command, policy, on_refused)

    async def run(self, command: Command, policy: Policy) -> int:
        """See `Confining.run`."""
        return await (await self._for(policy)).run(command, policy)

    async def _for(self, policy: Policy) -> Confining:
        candidate, choice = await self._found()
        if candidate is None:
            self._probe = None  # the user may mend it meanwhile
            reasons = "; ".join(f"{name}: {reason}" for name, reason in choice.refused)
            raise ConfinementError(f"The sandbox cannot be set up ({reasons})", fix=choice.fix)
        if candidate.degraded and policy.writable_roots and not self._degraded_writes:
            raise ConfinementError(
                f"Only {candidate.name} works here, which cannot protect .git and configuration",
                fix=f"{_FIX}; or allow it in the configuration: sandbox.allow_degraded = true",
            )
        return candidate.launcher

    async def _found(self) -> tuple[Candidate | None, Choice]:
        probe = self._begin()
        if not probe.done():
            await asyncio.wait({probe})
        if probe.cancelled():
            raise ConfinementError("The sandbox was closed", fix="Run it again")
        return probe.result()

    def _begin(self) -> asyncio.Task[tuple[Candidate | None, Choice]]:
        if self._probe is None:
            self._probe = asyncio.get_running_loop().create_task(self._find())
        return self._probe

    async def _find(self) -> tuple[Candidate | None, Choice]:
        refused: list[tuple[str, str]] = []
        for candidate in self._candidates:
            reason = await _try(candidate.launcher)
            if reason is None:
                choice = Choice(
                    name=candidate.name, degraded=candidate.degraded, refused=tuple(refused)
                )
                return candidate, choice
            refused.append((candidate.name, reason))
        if not refused:
            refused.append((sys.platform, "there is no sandbox for this system"))
        return None, Choice(name=None, refused=tuple(refused), fix=self._fix)


async def _try(launcher: Confining) -> str | None:
    """Run a command in it; why it does not work, or None."""
    process: Process | None = None
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            process = await launcher.launch(_PROBE, Policy())
            output = b""
            while data := await process.read():
                output += data[:1000]
            code = await process.wait()
    except ConfinementError as error:
        return error.reason
    except TimeoutError:
        return f"no answer within {_PROBE_SECONDS:g} seconds"
    except OSError as error:
        return error.strerror or str(error)
    finally:
        if process is not None:
            await process.kill()
    if (code, output) == (0, b"confined\n"):
        return None
    return output.decode(errors="replace").strip() or f"exit code {code}"
