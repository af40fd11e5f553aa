"""Whether a tool call may run, and with or without the sandbox: rules and policy first, then the user.

Owns the answers the user gave for the whole thread. Nobody to ask means no. What a command is judged to
be comes from exec_policy; what it may touch is the sandbox's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from journeyman.core.exec_policy import Judgement, Request, judge, writes_with_git
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.turn_hooks import TurnHooks
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
DECLINED = "rejected by the user"
_GIT_QUESTION = (
    "The sandbox keeps this repository's metadata read-only. Let plain git commands write it? They stay in the"
    " sandbox; the repository's config and hooks stay read-only, and no hook or filter runs."
)
# Accepted for the thread, it is for every such command.
_GIT_GRANT = ("git",)


class TurnCancelledError(Exception):
    """The user answered a question by ending the turn."""


class Ruling(msgspec.Struct, frozen=True):
    """May it run? `reason` says why not.

    `unconfined` lifts the sandbox for this call; `git` lets it write the repository's metadata inside of it.
    """

    allowed: bool
    reason: str = ""
    unconfined: bool = False
    git: bool = False


class Approvals:
    """Rules on the tool calls of one thread."""

    def __init__(self, journal: Journal, ask: Ask, rule_book: RuleBook, hooks: TurnHooks) -> None:
        """Ask `hooks` first, then through `ask`, which returns None when nobody can answer; keep rules in `rule_book`."""
        self._journal = journal
        self._ask = ask
        self._rule_book = rule_book
        self._hooks = hooks
        self._accepted: set[tuple[str, ...]] = set()

    async def rule(
        self, need: ApprovalNeed, item: ThreadItem | None, settings: ThreadSettings
    ) -> Ruling:
        """Rule on one call before it runs.

        Raises:
            TurnCancelledError: the user ended the turn.
        """
        judgement = self._judge(need, settings)
        if judgement.verdict == "refuse":
            return Ruling(allowed=False, reason=judgement.reason)
        unconfined = need.escalate or isinstance(settings.sandbox, DangerFullAccess)
        if judgement.verdict == "run":
            unconfined = unconfined or judgement.lift_sandbox
            ruling = Ruling(allowed=True, unconfined=unconfined)
        else:
            ruling = await self._ask_user(need, item, judgement, unconfined=unconfined)
        granted = settings.git_grant or _GIT_GRANT in self._accepted
        if ruling.allowed and granted and not ruling.unconfined and writes_with_git(need.argv):
            return msgspec.structs.replace(ruling, git=True)
        return ruling

    def _judge(self, need: ApprovalNeed, settings: ThreadSettings) -> Judgement:
        if not need.argv:
            return _judge_change(need, settings)
        request = Request(
            argv=need.argv,
            approval_policy=settings.approval_policy,
            confined=not isinstance(settings.sandbox, DangerFullAccess),
            escalate=need.escalate,
            justification=need.justification or "",
        )
        return judge(request, self._rule_book.rules)

    async def rule_after_denial(
        self, need: ApprovalNeed, item: ThreadItem | None, settings: ThreadSettings
    ) -> Ruling:
        """Whether to run a command again with more than the sandbox that seems to have stopped it.

        Plain git stays in the sandbox and may write the repository's metadata; all else runs without it.
        """
        if settings.approval_policy != "on-request" or not need.argv:
            return Ruling(allowed=False)
        granted = settings.git_grant or _GIT_GRANT in self._accepted
        if not granted and writes_with_git(need.argv):
            return await self._ask_for_git(need, item)
        why = "The sandbox seems to have stopped this command. Run it again without the sandbox?"
        question = Judgement(verdict="ask", reason=why)
        return await self._ask_user(need, item, question, unconfined=True)

    async def _ask_for_git(self, need: ApprovalNeed, item: ThreadItem | None) -> Ruling:
        question = Judgement(verdict="ask", reason=_GIT_QUESTION)
        ruling = await self._ask_user(need, item, question, unconfined=False, key=_GIT_GRANT)
        return msgspec.structs.replace(ruling, git=ruling.allowed)

    async def _ask_user(
        self,
        need: ApprovalNeed,
        item: ThreadItem | None,
        question: Judgement,
        *,
        unconfined: bool,
        key: tuple[str, ...] = (),
    ) -> Ruling:
        key = key or (str(unconfined), need.cwd, *need.argv)
        if need.argv and key in self._accepted:
            return Ruling(allowed=True, unconfined=unconfined)
        params = self._params(need, item, question)
        if params is None:
            return Ruling(allowed=False, reason=question.reason)
        command = need.argv[-1] if need.argv else None
        hooked = await self._hooks.permission(command, need.justification, params.item_id)
        if hooked is not None:
            reason = hooked.reason
            return Ruling(allowed=hooked.allowed, reason=reason, unconfined=unconfined)
        self._tell_status(["waitingOnApproval"])
        answer = await self._ask(params)
        self._tell_status([])
        decision = answer.decision if answer else "decline"
        if decision == "cancel":
            raise TurnCancelledError
        if decision == "decline":
            return Ruling(allowed=False, reason=DECLINED)
        if isinstance(decision, AcceptWithExecpolicyAmendment):
            self._remember(decision.accept_with_execpolicy_amendment.execpolicy_amendment)
        if decision == "acceptForSession" or isinstance(decision, AcceptWithExecpolicyAmendment):
            self._accepted.add(key)
        return Ruling(allowed=True, unconfined=unconfined)

    def _remember(self, prefix: list[str]) -> None:
        try:
            self._rule_book.remember(prefix)
        except (OSError, ValueError) as error:
            self._journal.warn(f"The rule was not kept: {error}")

    def _params(
        self, need: ApprovalNeed, item: ThreadItem | None, question: Judgement
    ) -> Question | None:
        journal = self._journal
        decisions = ["accept", "acceptForSession", "decline", "cancel"]
        if question.proposed_prefix:
            decisions.insert(2, "acceptWithExecpolicyAmendment")
        if isinstance(item, CommandExecutionItem):
            return CommandApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                command=item.command,
                cwd=item.cwd,
                reason=question.reason,
                command_actions=item.command_actions,
                proposed_execpolicy_amendment=list(question.proposed_prefix) or None,
                available_decisions=decisions,
            )
        if isinstance(item, FileChangeItem):
            return FileChangeApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                reason=question.reason,
                grant_root=need.outside[0] if need.outside else None,
            )
        return None

    def _tell_status(self, flags: list[str]) -> None:
        self._journal.notify(
            ThreadStatusChangedNotification(
                thread_id=self._journal.thread_id, status=Active(active_flags=flags)
            )
        )


def _judge_change(need: ApprovalNeed, settings: ThreadSettings) -> Judgement:
    """Judge a change of files, which needs no look at a command."""
    confined = not isinstance(settings.sandbox, DangerFullAccess)
    if confined and need.outside:
        reason = "This would write outside the writable folders: " + ", ".join(need.outside)
    elif settings.approval_policy == "untrusted":
        reason = "The approval policy asks before any change of a file."
    else:
        return Judgement(verdict="run")
    if may_ask(settings.approval_policy):
        return Judgement(verdict="ask", reason=reason)
    return Judgement(verdict="refuse", reason=OUTSIDE)


def may_ask(policy: ApprovalPolicy) -> bool:
    """Whether the policy lets anybody be asked about the sandbox."""
    if isinstance(policy, Granular):
        return policy.granular.sandbox_approval
    return policy != "never"
