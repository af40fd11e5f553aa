"""Whether a tool call may run, and with or without the sandbox: rules and policy first, then the user.

Owns the answers the user gave for the whole thread. Nobody to ask means no. What a command is judged to
be comes from exec_policy; what it may touch is the sandbox's.
"""

from __future__ import annotations

import msgspec

from journeyman.core.exec_policy import Judgement, Request, judge, writes_with_git
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.journal import Journal
from journeyman.core.questions import Questions, Subject, may_ask
from journeyman.core.settings import ThreadSettings
from journeyman.core.turn_hooks import TurnHooks
from journeyman.protocol.approvals import DecisionWithAmendment
from journeyman.protocol.items import ThreadItem
from journeyman.protocol.permissions import DangerFullAccess, ReadOnly
from journeyman.tools.api import ApprovalNeed

_REJECTED = "patch rejected: {}; rejected by user approval settings"
OUTSIDE = _REJECTED.format("writing outside of the project")
READ_ONLY = _REJECTED.format("writing is blocked by read-only sandbox")
_AGAIN = "The sandbox seems to have stopped this command. Run it again without the sandbox?"
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

    def __init__(
        self, journal: Journal, questions: Questions, rule_book: RuleBook, hooks: TurnHooks
    ) -> None:
        """Ask `hooks` first, then by `questions`; keep rules in `rule_book`."""
        self._journal = journal
        self._questions = questions
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
            subject = Subject(
                item=item,
                reason=judgement.reason,
                prefix=judgement.proposed_prefix,
                grant_root=need.outside[0] if need.outside else None,
                person_only=judgement.person_only,
            )
            # What a patch may write after an answer lies where the sandbox lets nothing be written.
            unconfined = unconfined or bool(need.outside)
            key = _key(need, unconfined=unconfined)
            ruling = await self._put(need, subject, settings, key=key, unconfined=unconfined)
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
            cwd=need.cwd,
            skill_folders=tuple(
                skill.path.rpartition("/")[0] for skill in settings.guidance.skills
            ),
        )
        return judge(request, self._rule_book.rules)

    async def rule_after_denial(
        self, need: ApprovalNeed, item: ThreadItem | None, settings: ThreadSettings
    ) -> Ruling:
        """Whether to run a command again with more than the sandbox that seems to have stopped it.

        Plain git stays in the sandbox and may write the repository's metadata; all else runs without it.
        """
        if not need.argv:
            return Ruling(allowed=False)
        granted = settings.git_grant or _GIT_GRANT in self._accepted
        if not granted and writes_with_git(need.argv):
            if not may_ask(settings.approval_policy):
                return Ruling(allowed=False)
            subject = Subject(item=item, reason=_GIT_QUESTION)
            ruling = await self._put(need, subject, settings, key=_GIT_GRANT, unconfined=False)
            return msgspec.structs.replace(ruling, git=ruling.allowed)
        # What was bounded by the sandbox may not be without it.
        judgement = self._judge(msgspec.structs.replace(need, escalate=True), settings)
        if judgement.verdict != "ask":
            return Ruling(allowed=False, reason=judgement.reason)
        danger = f" {judgement.reason}." if judgement.person_only else ""
        subject = Subject(item=item, reason=_AGAIN + danger, person_only=judgement.person_only)
        key = _key(need, unconfined=True)
        return await self._put(need, subject, settings, key=key, unconfined=True)

    async def _put(
        self,
        need: ApprovalNeed,
        subject: Subject,
        settings: ThreadSettings,
        *,
        key: tuple[str, ...],
        unconfined: bool,
    ) -> Ruling:
        """Ask, unless `key` was accepted for the thread; an empty key never is."""
        if key in self._accepted:
            return Ruling(allowed=True, unconfined=unconfined)
        command = need.argv[-1] if need.argv else None
        item_id = subject.item.id if subject.item else ""
        hooked = await self._hooks.permission(command, need.justification, item_id)
        if hooked is not None:
            return Ruling(allowed=hooked.allowed, reason=hooked.reason, unconfined=unconfined)
        verdict = await self._questions.put(subject, settings)
        decision = verdict.decision
        if decision == "cancel":
            raise TurnCancelledError
        amendment = None
        if isinstance(decision, DecisionWithAmendment):
            amendment = decision.accept_with_execpolicy_amendment
            if amendment is None:
                decision = "decline"
        if decision == "decline":
            return Ruling(allowed=False, reason=verdict.reason)
        if amendment is not None:
            self._remember(amendment.execpolicy_amendment)
        if key and decision != "accept":
            self._accepted.add(key)
        return Ruling(allowed=True, unconfined=unconfined)

    def _remember(self, prefix: list[str]) -> None:
        try:
            self._rule_book.remember(prefix)
        except (OSError, ValueError) as error:
            self._journal.warn(f"The rule was not kept: {error}")


def _key(need: ApprovalNeed, *, unconfined: bool) -> tuple[str, ...]:
    return (str(unconfined), need.cwd, *need.argv) if need.argv else ()


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
    read_only = isinstance(settings.sandbox, ReadOnly)
    return Judgement(verdict="refuse", reason=READ_ONLY if read_only else OUTSIDE)
