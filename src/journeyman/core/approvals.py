"""Whether a tool call may run, and with or without the sandbox: policy first, then the user.

Owns the answers the user gave for the whole thread. Nobody to ask means no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from journeyman.core.exec_policy import is_known_harmless
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.approvals import (
    AcceptWithExecpolicyAmendment,
    CommandApprovalParams,
    CommandApprovalResponse,
    FileChangeApprovalParams,
    FileChangeApprovalResponse,
)
from journeyman.protocol.events import ThreadStatusChangedNotification
from journeyman.protocol.items import CommandExecutionItem, FileChangeItem, ThreadItem
from journeyman.protocol.permissions import ApprovalPolicy, DangerFullAccess, Granular
from journeyman.protocol.threads import Active
from journeyman.tools.api import ApprovalNeed

Question = CommandApprovalParams | FileChangeApprovalParams
Answer = CommandApprovalResponse | FileChangeApprovalResponse
Ask = Callable[[Question], Awaitable[Answer | None]]

OUTSIDE = "patch rejected: writing outside of the project; rejected by user approval settings"
NEVER = (
    "rejected: this needs an approval, and the approval policy is never. "
    "Find a way within the sandbox, or tell the user what they must run themselves."
)
DECLINED = "rejected by the user"


class TurnCancelledError(Exception):
    """The user answered a question by ending the turn."""


class Ruling(msgspec.Struct, frozen=True):
    """May it run? `unconfined` lifts the sandbox for this call; `reason` says why not."""

    allowed: bool
    reason: str = ""
    unconfined: bool = False


class Approvals:
    """Rules on the tool calls of one thread."""

    def __init__(self, journal: Journal, ask: Ask) -> None:
        """Ask through `ask`; it returns None when nobody can answer."""
        self._journal = journal
        self._ask = ask
        self._accepted: set[tuple[str, ...]] = set()

    async def rule(
        self, need: ApprovalNeed, item: ThreadItem | None, settings: ThreadSettings
    ) -> Ruling:
        """Rule on one call before it runs.

        Raises:
            TurnCancelledError: the user ended the turn.
        """
        unconfined = need.escalate or isinstance(settings.sandbox, DangerFullAccess)
        question = _question(need, settings)
        if question is None:
            return Ruling(allowed=True, unconfined=unconfined)
        if not _may_ask(settings.approval_policy):
            return Ruling(allowed=False, reason=OUTSIDE if need.outside else NEVER)
        return await self._ask_user(need, item, question, unconfined=unconfined)

    async def rule_after_denial(
        self, need: ApprovalNeed, item: ThreadItem | None, settings: ThreadSettings
    ) -> Ruling:
        """Whether to run a command again without the sandbox that seems to have stopped it."""
        if settings.approval_policy != "on-request" or not need.argv:
            return Ruling(allowed=False)
        reason = "The sandbox seems to have stopped this command. Run it again without the sandbox?"
        return await self._ask_user(need, item, reason, unconfined=True)

    async def _ask_user(
        self, need: ApprovalNeed, item: ThreadItem | None, reason: str, *, unconfined: bool
    ) -> Ruling:
        key = (str(unconfined), need.cwd, *need.argv)
        if need.argv and key in self._accepted:
            return Ruling(allowed=True, unconfined=unconfined)
        params = self._params(need, item, reason)
        if params is None:
            return Ruling(allowed=False, reason=NEVER)
        self._tell_status(["waitingOnApproval"])
        answer = await self._ask(params)
        self._tell_status([])
        decision = answer.decision if answer else "decline"
        if decision == "cancel":
            raise TurnCancelledError
        if decision == "decline":
            return Ruling(allowed=False, reason=DECLINED)
        if decision == "acceptForSession" or isinstance(decision, AcceptWithExecpolicyAmendment):
            self._accepted.add(key)
        return Ruling(allowed=True, unconfined=unconfined)

    def _params(self, need: ApprovalNeed, item: ThreadItem | None, reason: str) -> Question | None:
        journal = self._journal
        if isinstance(item, CommandExecutionItem):
            return CommandApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                command=item.command,
                cwd=item.cwd,
                reason=reason,
                command_actions=item.command_actions,
                available_decisions=["accept", "acceptForSession", "decline", "cancel"],
            )
        if isinstance(item, FileChangeItem):
            return FileChangeApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                reason=reason,
                grant_root=need.outside[0] if need.outside else None,
            )
        return None

    def _tell_status(self, flags: list[str]) -> None:
        self._journal.notify(
            ThreadStatusChangedNotification(
                thread_id=self._journal.thread_id, status=Active(active_flags=flags)
            )
        )


def _question(need: ApprovalNeed, settings: ThreadSettings) -> str | None:
    """Why the user would be asked; None when the policy asks nothing."""
    if isinstance(settings.sandbox, DangerFullAccess):
        trusting = settings.approval_policy != "untrusted"
        if trusting or (need.argv and is_known_harmless(need.argv)):
            return None
    if need.escalate:
        return need.justification or "The agent asks to run this without the sandbox."
    if need.outside:
        return "This would write outside the writable folders: " + ", ".join(need.outside)
    if settings.approval_policy == "untrusted" and not is_known_harmless(need.argv):
        return "The approval policy asks before anything that is not known to be harmless."
    return None


def _may_ask(policy: ApprovalPolicy) -> bool:
    if isinstance(policy, Granular):
        return policy.granular.sandbox_approval
    return policy != "never"
