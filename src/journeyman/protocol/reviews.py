"""Automatic reviews: what a reviewer model was asked in the user's place, and what it decided."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire

RiskLevel = Literal["low", "medium", "high", "critical"]
UserAuthorization = Literal["unknown", "low", "medium", "high"]


class CommandReviewAction(Wire, frozen=True, tag_field="type", tag="command"):
    """A command that would run."""

    command: str
    cwd: str
    source: Literal["shell", "unifiedExec"] = "unifiedExec"


class ApplyPatchReviewAction(Wire, frozen=True, tag_field="type", tag="applyPatch"):
    """Files that would be written."""

    cwd: str
    files: list[str]


class NetworkReviewAction(Wire, frozen=True, tag_field="type", tag="networkAccess"):
    """A host that a running command wants to reach."""

    host: str
    port: int
    protocol: Literal["http", "https"]
    target: str


class McpToolCallReviewAction(Wire, frozen=True, tag_field="type", tag="mcpToolCall"):
    """A tool of an MCP server that would be called."""

    server: str
    tool_name: str


ReviewAction = (
    CommandReviewAction | ApplyPatchReviewAction | NetworkReviewAction | McpToolCallReviewAction
)


class ApprovalReview(Wire, frozen=True):
    """Where a review stands; only `approved` lets anything run."""

    status: Literal["inProgress", "approved", "denied", "timedOut", "aborted"]
    risk_level: RiskLevel | None = None
    user_authorization: UserAuthorization | None = None
    rationale: str | None = None


class GuardianWarningNotification(Wire, frozen=True):
    """What a reviewer decided, or why it could not, in a sentence for the user."""

    thread_id: str
    message: str


class AutoApprovalReviewStartedNotification(Wire, frozen=True):
    """A reviewer is asked about an item, or about a host (then without an item)."""

    thread_id: str
    turn_id: str
    review_id: str
    started_at_ms: int
    action: ReviewAction
    review: ApprovalReview
    target_item_id: str | None = None


class AutoApprovalReviewCompletedNotification(Wire, frozen=True):
    """The reviewer's decision."""

    thread_id: str
    turn_id: str
    review_id: str
    started_at_ms: int
    completed_at_ms: int
    action: ReviewAction
    review: ApprovalReview
    decision_source: Literal["agent"] = "agent"
    target_item_id: str | None = None
