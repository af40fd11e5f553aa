"""Approvals: the questions a turn asks before it goes on, and the decisions that answer them."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.items import CommandAction
from journeyman.protocol.wire import Wire


class ExecpolicyAmendment(msgspec.Struct, frozen=True):
    """The command prefix that would be allowed from now on."""

    execpolicy_amendment: list[str]


class NetworkPolicyAmendment(msgspec.Struct, frozen=True):
    """A host that would always be allowed or refused from now on."""

    host: str
    action: Literal["allow", "deny"]


class NetworkAmendment(msgspec.Struct, frozen=True):
    """The rule about a host that would be kept."""

    network_policy_amendment: NetworkPolicyAmendment


class DecisionWithAmendment(Wire, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A decision that is kept as a rule: exactly one of accepting a prefix, or a rule about a host."""

    accept_with_execpolicy_amendment: ExecpolicyAmendment | None = None
    apply_network_policy_amendment: NetworkAmendment | None = None

    def __post_init__(self) -> None:
        """Refuse none and both."""
        given = (self.accept_with_execpolicy_amendment, self.apply_network_policy_amendment)
        if given.count(None) != 1:
            raise ValueError("a decision with an amendment has exactly one")


SimpleDecision = Literal["accept", "acceptForSession", "decline", "cancel"]
CommandDecision = SimpleDecision | DecisionWithAmendment


class NetworkApprovalContext(Wire, frozen=True):
    """The host that a running command wants to reach; a tunnel counts as https."""

    host: str
    protocol: Literal["http", "https"]


class CommandApprovalParams(Wire, frozen=True):
    """May this command run? Shown whole, with what it would run and why it asks.

    With `network_approval_context` it runs already, and asks for a host that the sandbox refuses.
    """

    thread_id: str
    turn_id: str
    item_id: str
    started_at_ms: int
    command: str
    cwd: str
    kind: Literal["command"] = "command"
    reason: str | None = None
    command_actions: list[CommandAction] = []
    proposed_execpolicy_amendment: list[str] | None = None
    proposed_network_policy_amendments: list[NetworkPolicyAmendment] | None = None
    available_decisions: list[CommandDecision] | None = None
    network_approval_context: NetworkApprovalContext | None = None


class CommandApprovalResponse(Wire, frozen=True):
    """The decision on a command."""

    decision: CommandDecision


class FileChangeApprovalParams(Wire, frozen=True):
    """May these changes be written? The diff is in the item that `item_id` names."""

    thread_id: str
    turn_id: str
    item_id: str
    started_at_ms: int
    reason: str | None = None
    grant_root: str | None = None


class FileChangeApprovalResponse(Wire, frozen=True):
    """The decision on a file change."""

    decision: SimpleDecision
