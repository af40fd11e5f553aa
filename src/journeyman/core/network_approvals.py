"""What happens when the sandbox refuses a running command a host: ask, remember the answer, tell.

The user is asked once per command about each refusal, and once per thread after "accept for this thread".
Who cannot be asked is told, and so is the model.
"""

from __future__ import annotations

import asyncio

import msgspec

from journeyman.core.approvals import Ask, may_ask
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.approvals import CommandApprovalParams, NetworkApprovalContext
from journeyman.protocol.items import CommandExecutionItem, ThreadItem
from journeyman.sandbox.api import NetworkRefused
from journeyman.tools.api import ToolOutput


class NetworkApprovals:
    """The answers about hosts of one thread."""

    def __init__(self, journal: Journal, ask: Ask) -> None:
        """Ask through `ask`; it returns None when nobody can answer."""
        self._journal = journal
        self._ask = ask
        self._allowed: set[NetworkRefused] = set()

    def of_call(self, item: ThreadItem | None, settings: ThreadSettings) -> CallNetwork:
        """What the commands of one tool call report their refusals to."""
        return CallNetwork(self, item, settings)

    async def decide(
        self, refused: NetworkRefused, item: ThreadItem | None, settings: ThreadSettings
    ) -> bool:
        """Whether a command may reach what was refused; tells the user when it may not."""
        if refused in self._allowed:
            return True
        decision = None
        if (
            refused.approvable
            and may_ask(settings.approval_policy)
            and isinstance(item, CommandExecutionItem)
        ):
            answer = await self._ask(self._question(refused, item))
            decision = answer.decision if answer else None
        if decision == "acceptForSession":
            self._allowed.add(refused)
        if decision in {"accept", "acceptForSession"}:
            return True
        self._journal.warn(f"{_told(refused)} To allow it, {refused.suggestion}.")
        return False

    def _question(
        self, refused: NetworkRefused, item: CommandExecutionItem
    ) -> CommandApprovalParams:
        journal = self._journal
        return CommandApprovalParams(
            thread_id=journal.thread_id,
            turn_id=journal.turn_id,
            item_id=item.id,
            started_at_ms=journal.now_ms(),
            command=item.command,
            cwd=item.cwd,
            reason=f"{_told(refused)} Let this command reach it?",
            command_actions=item.command_actions,
            available_decisions=["accept", "acceptForSession", "decline"],
            network_approval_context=NetworkApprovalContext(
                host=refused.host, protocol="https" if refused.method == "CONNECT" else "http"
            ),
        )


class CallNetwork:
    """The refusals of one tool call: an `OnRefused` that asks about each once."""

    def __init__(
        self, approvals: NetworkApprovals, item: ThreadItem | None, settings: ThreadSettings
    ) -> None:
        """Report to the thread's answers."""
        self._approvals = approvals
        self._item = item
        self._settings = settings
        self._answers: dict[NetworkRefused, bool] = {}
        # One question at a time; programs try again, and several connections at once.
        self._asking = asyncio.Lock()

    async def __call__(self, refused: NetworkRefused) -> bool:
        """See `OnRefused`."""
        async with self._asking:
            if refused not in self._answers:
                self._answers[refused] = await self._approvals.decide(
                    refused, self._item, self._settings
                )
            return self._answers[refused]

    def explained(self, output: ToolOutput) -> ToolOutput:
        """The output with what the sandbox refused meanwhile: of a tunnel, programs only show a 403."""
        told = [_told(refused) for refused, allowed in self._answers.items() if not allowed]
        if not told or not isinstance(output.content, str):
            return output
        return msgspec.structs.replace(output, content="\n".join([output.content, *told]))


def _told(refused: NetworkRefused) -> str:
    where = f"{refused.host}:{refused.port}" if refused.host else "a malformed request"
    return f"The sandbox refused {refused.method} {where} ({refused.rule})."
