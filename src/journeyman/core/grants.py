"""What the user granted to one thread beyond its sandbox policy, on the model's request.

A grant is for a turn or for the loaded thread; nothing of it is kept on disk. It holds only while the sandbox
policy is the one that it was given under, and never for a review or in plan mode, where nothing is changed.
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakSet

import msgspec

from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.permission_requests import Grant, GrantScope, GrantsReadResponse
from journeyman.protocol.permissions import SandboxPolicy
from journeyman.sandbox.api import Process
from journeyman.sandbox.policy import Policy


class _Given(NamedTuple):
    under: SandboxPolicy
    scope: GrantScope
    grant: Grant


class Grants:
    """The grants of one thread, and the commands that run by them."""

    def __init__(self, journal: Journal) -> None:
        """Nothing is granted yet."""
        self._journal = journal
        self._given: list[_Given] = []
        # Whoever started a command keeps it as long as it runs.
        self._running: WeakSet[Process] = WeakSet()
        self._of_turn: WeakSet[Process] = WeakSet()

    def give(self, grant: Grant, scope: GrantScope, settings: ThreadSettings) -> None:
        """Grant this, on top of what was granted before."""
        self._given.append(_Given(settings.sandbox, scope, grant))

    def state(self, settings: ThreadSettings) -> GrantsReadResponse:
        """What holds under these settings."""
        return GrantsReadResponse(
            turn=self._sum("turn", settings), session=self._sum("session", settings)
        )

    def widened(self, policy: Policy, settings: ThreadSettings) -> Policy:
        """The policy with what was granted."""
        if not self._given or not policy.confined or self._journal.is_aside:
            return policy
        state = self.state(settings)
        network = policy.network_access or state.turn.network or state.session.network
        return msgspec.structs.replace(
            policy,
            writable_roots=(*policy.writable_roots, *state.turn.write, *state.session.write),
            network_access=network,
            network_rules=None if network else policy.network_rules,
        )

    def started(self, process: Process) -> None:
        """A command runs with what is granted now."""
        if self._given:
            self._running.add(process)
        if any(given.scope == "turn" for given in self._given):
            self._of_turn.add(process)

    async def end_turn(self) -> None:
        """Take back what was granted for the turn, and end the commands that may still use it."""
        self._given = [given for given in self._given if given.scope != "turn"]
        await _end(self._of_turn)

    async def revoke(self) -> None:
        """Take back all that was granted, and end the commands that may still use it."""
        self._given.clear()
        await _end(self._running)

    def _sum(self, scope: GrantScope, settings: ThreadSettings) -> Grant:
        grants = [
            given.grant
            for given in self._given
            if (given.scope, given.under) == (scope, settings.sandbox) and settings.mode != "plan"
        ]
        folders = dict.fromkeys(folder for grant in grants for folder in grant.write)
        return Grant(write=list(folders), network=any(grant.network for grant in grants))


async def _end(processes: WeakSet[Process]) -> None:
    ending = list(processes)
    processes.clear()
    for process in ending:
        await process.kill()
