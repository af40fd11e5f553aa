"""What decides on a tool call before it runs, put together for one thread."""

from __future__ import annotations

from typing import NamedTuple

from journeyman.core.approvals import Approvals
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.grants import Grants
from journeyman.core.journal import Journal
from journeyman.core.mcp_servers import ThreadMcp
from journeyman.core.network_approvals import NetworkApprovals
from journeyman.core.permission_requests import PermissionRequests
from journeyman.core.questions import Questions
from journeyman.core.turn_hooks import TurnHooks


class Guards(NamedTuple):
    """What decides on a call before it runs, and what the user granted beyond the sandbox."""

    hooks: TurnHooks
    approvals: Approvals
    network: NetworkApprovals
    mcp: ThreadMcp
    requests: PermissionRequests
    grants: Grants


def guards_of(
    journal: Journal,
    questions: Questions,
    rule_book: RuleBook,
    *,
    hooks: TurnHooks,
    mcp: ThreadMcp,
) -> Guards:
    """Those of a thread that asks by `questions`."""
    grants = Grants(journal)
    return Guards(
        hooks=hooks,
        approvals=Approvals(journal, questions, rule_book, hooks),
        network=NetworkApprovals(journal, questions, rule_book),
        mcp=mcp,
        requests=PermissionRequests(journal, questions, grants),
        grants=grants,
    )
