"""The questions of one thread: the one place that builds their params, shows that the thread waits, and asks.

Who answers is the settings' choice: the user, or a reviewer model. Nobody to answer means no.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from journeyman.core.auto_review import Reviewer, ReviewRequest
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.approvals import (
    CommandApprovalParams,
    CommandApprovalResponse,
    CommandDecision,
    DecisionWithAmendment,
    ExecpolicyAmendment,
    FileChangeApprovalParams,
    FileChangeApprovalResponse,
    NetworkAmendment,
    NetworkApprovalContext,
    NetworkPolicyAmendment,
)
from journeyman.protocol.items import CommandExecutionItem, FileChangeItem, ThreadItem
from journeyman.protocol.mcp import ElicitationParams, ElicitationResponse
from journeyman.protocol.permission_requests import (
    PermissionsApprovalParams,
    PermissionsApprovalResponse,
    PermissionsProfile,
)
from journeyman.protocol.permissions import ApprovalPolicy, Granular
from journeyman.protocol.reviews import (
    ApplyPatchReviewAction,
    CommandReviewAction,
    McpToolCallReviewAction,
    NetworkReviewAction,
    ReviewAction,
)
from journeyman.sandbox.api import NetworkRefused
from journeyman.tools.api import Form, McpCallNeed

Question = (
    CommandApprovalParams | FileChangeApprovalParams | ElicitationParams | PermissionsApprovalParams
)
Answer = (
    CommandApprovalResponse
    | FileChangeApprovalResponse
    | ElicitationResponse
    | PermissionsApprovalResponse
)
Ask = Callable[[Question], Awaitable[Answer | None]]

DECLINED = "rejected by the user"
_NOTHING_TO_FILL_IN: dict[str, Any] = {"type": "object", "properties": {}}
_PERSON_ONLY = "{reason}. Only a person may allow that, and an automatic reviewer answers here"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a question is about.

    `prefix` is what "accept and remember" would allow, `grant_root` a folder that a change would write to,
    `refused` a host that a running command wants. With `person_only` no reviewer may allow it.
    """

    item: ThreadItem | None
    reason: str
    prefix: tuple[str, ...] = ()
    grant_root: str | None = None
    refused: NetworkRefused | None = None
    person_only: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """The decision; `reason` tells the model why not."""

    decision: CommandDecision
    reason: str = DECLINED


class Questions:
    """Asks whoever answers for one thread."""

    def __init__(self, journal: Journal, ask: Ask, reviewer: Reviewer) -> None:
        """Ask the user through `ask`, which returns None when nobody can answer."""
        self._journal = journal
        self._ask = ask
        self._reviewer = reviewer

    async def put(self, subject: Subject, settings: ThreadSettings) -> Verdict:
        """Ask and wait for the decision; what cannot be asked is declined with its reason."""
        if settings.approvals_reviewer != "user":
            return await self._review(subject, settings)
        question = self._question(subject)
        if question is None:
            return Verdict("decline", subject.reason)
        answer = await self._ask_user(question)
        is_decision = isinstance(answer, CommandApprovalResponse | FileChangeApprovalResponse)
        return Verdict(answer.decision if is_decision else "decline")

    async def put_mcp_call(
        self, call: McpCallNeed, item_id: str, settings: ThreadSettings
    ) -> Verdict:
        """As `put`, for a call of a tool on an MCP server."""
        if settings.approvals_reviewer != "user":
            action = McpToolCallReviewAction(server=call.server, tool_name=call.tool)
            arguments = msgspec.json.encode(call.arguments).decode()
            request = ReviewRequest(action=action, reason=f"with the arguments {arguments}")
            refusal = await self._reviewer.refusal_of(request, settings, item_id)
            return Verdict("accept") if refusal is None else Verdict("decline", refusal)
        answer = await self._ask_user(self._elicitation(call))
        if not isinstance(answer, ElicitationResponse) or answer.action != "accept":
            is_cancel = isinstance(answer, ElicitationResponse) and answer.action == "cancel"
            return Verdict("cancel" if is_cancel else "decline", "user rejected MCP tool call")
        holds = (answer.meta or {}).get("persist") in {"session", "always"}
        return Verdict("acceptForSession" if holds else "accept")

    async def put_permissions(
        self,
        asked: PermissionsProfile,
        settings: ThreadSettings,
        *,
        call_id: str,
        reason: str | None,
    ) -> PermissionsApprovalResponse | None:
        """Ask the user for more than the sandbox allows; None when nobody answers."""
        answer = await self._ask_user(
            PermissionsApprovalParams(
                thread_id=self._journal.thread_id,
                turn_id=self._journal.turn_id,
                item_id=call_id,
                started_at_ms=self._journal.now_ms(),
                cwd=settings.cwd,
                permissions=asked,
                reason=reason,
            )
        )
        return answer if isinstance(answer, PermissionsApprovalResponse) else None

    async def put_form(self, form: Form) -> ElicitationResponse | None:
        """Let the user fill in what an MCP server asks; None when nobody can. A server may ask at any time."""
        answer = await self._ask(
            ElicitationParams(
                thread_id=self._journal.thread_id,
                turn_id=self._journal.turn_id or None,
                server_name=form.server,
                message=form.message,
                requested_schema=dict(form.schema),
            )
        )
        return answer if isinstance(answer, ElicitationResponse) else None

    async def _ask_user(self, question: Question) -> Answer | None:
        with self._journal.waiting("waitingOnApproval"):
            return await self._ask(question)

    async def _review(self, subject: Subject, settings: ThreadSettings) -> Verdict:
        action = _action(subject)
        if action is None:
            return Verdict("decline", subject.reason)
        if subject.person_only:
            return Verdict("decline", _PERSON_ONLY.format(reason=subject.reason))
        target = None if subject.refused or subject.item is None else subject.item.id
        changes = subject.item.changes if isinstance(subject.item, FileChangeItem) else ()
        request = ReviewRequest(action=action, reason=subject.reason, changes=changes)
        refusal = await self._reviewer.refusal_of(request, settings, target)
        return Verdict("accept") if refusal is None else Verdict("decline", refusal)

    def _question(self, subject: Subject) -> Question | None:
        item, journal = subject.item, self._journal
        if isinstance(item, CommandExecutionItem):
            return CommandApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                command=item.command,
                cwd=item.cwd,
                reason=subject.reason,
                command_actions=item.command_actions,
                proposed_execpolicy_amendment=list(subject.prefix) or None,
                proposed_network_policy_amendments=_host_amendments(subject) or None,
                available_decisions=_decisions(subject),
                network_approval_context=_context(subject),
            )
        if isinstance(item, FileChangeItem):
            return FileChangeApprovalParams(
                thread_id=journal.thread_id,
                turn_id=journal.turn_id,
                item_id=item.id,
                started_at_ms=journal.now_ms(),
                reason=subject.reason,
                grant_root=subject.grant_root,
            )
        return None

    def _elicitation(self, call: McpCallNeed) -> ElicitationParams:
        shown = [
            {"name": name, "value": value, "display_name": name}
            for name, value in call.arguments.items()
        ]
        return ElicitationParams(
            thread_id=self._journal.thread_id,
            turn_id=self._journal.turn_id,
            server_name=call.server,
            message=f'Allow the {call.server} MCP server to run tool "{call.tool}"?',
            requested_schema=_NOTHING_TO_FILL_IN,
            meta={
                "codex_approval_kind": "mcp_tool_call",
                "persist": ["session"],
                "tool_name": call.tool,
                "tool_description": call.description,
                "tool_params": dict(call.arguments),
                "tool_params_display": shown,
            },
        )


def may_ask(policy: ApprovalPolicy) -> bool:
    """Whether the policy lets anybody be asked about the sandbox."""
    if isinstance(policy, Granular):
        return policy.granular.sandbox_approval
    return policy != "never"


def _decisions(subject: Subject) -> list[CommandDecision]:
    amendments: list[CommandDecision] = [
        DecisionWithAmendment(apply_network_policy_amendment=NetworkAmendment(amendment))
        for amendment in _host_amendments(subject)
    ]
    if subject.prefix:
        amendment = ExecpolicyAmendment(list(subject.prefix))
        amendments.append(DecisionWithAmendment(accept_with_execpolicy_amendment=amendment))
    return ["accept", "acceptForSession", *amendments, "decline", "cancel"]


def _host_amendments(subject: Subject) -> list[NetworkPolicyAmendment]:
    if subject.refused is None:
        return []
    host = subject.refused.host
    return [
        NetworkPolicyAmendment(host=host, action="allow"),
        NetworkPolicyAmendment(host=host, action="deny"),
    ]


def _context(subject: Subject) -> NetworkApprovalContext | None:
    refused = subject.refused
    return refused and NetworkApprovalContext(host=refused.host, protocol=protocol_of(refused))


def protocol_of(refused: NetworkRefused) -> Literal["http", "https"]:
    """What the wire calls it: a tunnel counts as https."""
    return "https" if refused.method == "CONNECT" else "http"


def _action(subject: Subject) -> ReviewAction | None:
    """What a reviewer is asked about."""
    item, refused = subject.item, subject.refused
    if refused is not None:
        return NetworkReviewAction(
            host=refused.host,
            port=refused.port,
            protocol=protocol_of(refused),
            target=f"{refused.method} {refused.host}:{refused.port}",
        )
    if isinstance(item, CommandExecutionItem):
        return CommandReviewAction(command=item.command, cwd=item.cwd)
    if isinstance(item, FileChangeItem):
        root = subject.grant_root or ""
        return ApplyPatchReviewAction(cwd=root, files=[change.path for change in item.changes])
    return None
