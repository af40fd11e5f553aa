"""Notifications: the facts a server tells its clients, each with the place it has in a turn.

Order of one turn: thread/status/changed (active), turn/started, then items. An item is one item/started,
any deltas, one item/completed. thread/tokenUsage/updated follows every model request. At the end
thread/status/changed (idle), and turn/completed last of all.
"""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.attachments import ThreadAttachmentUpdatedNotification
from journeyman.protocol.code_review import ReviewCompletedNotification
from journeyman.protocol.goals import ThreadGoalClearedNotification, ThreadGoalUpdatedNotification
from journeyman.protocol.hooks import HookCompletedNotification, HookStartedNotification
from journeyman.protocol.items import FileUpdateChange, ThreadItem
from journeyman.protocol.mcp import (
    McpServerStatusUpdatedNotification,
    McpToolCallProgressNotification,
)
from journeyman.protocol.projects import (
    ProjectChangedNotification,
    ThreadProjectUpdatedNotification,
)
from journeyman.protocol.queue import ThreadQueueChangedNotification
from journeyman.protocol.read_states import ThreadReadStateChangedNotification
from journeyman.protocol.reviews import (
    AutoApprovalReviewCompletedNotification,
    AutoApprovalReviewStartedNotification,
    GuardianWarningNotification,
)
from journeyman.protocol.sections import ThreadSectionChangedNotification
from journeyman.protocol.spending import UsageUpdatedNotification
from journeyman.protocol.thread_settings import ThreadSettingsUpdatedNotification
from journeyman.protocol.thread_shelf import (
    ThreadArchivedNotification,
    ThreadClosedNotification,
    ThreadDeletedNotification,
    ThreadNameUpdatedNotification,
    ThreadRevertedNotification,
    ThreadUnarchivedNotification,
)
from journeyman.protocol.threads import Thread, ThreadStatus
from journeyman.protocol.turns import Turn, TurnError
from journeyman.protocol.usage import ThreadTokenUsage
from journeyman.protocol.wire import Wire


class ThreadStartedNotification(Wire, frozen=True):
    """A thread was started, resumed or forked."""

    thread: Thread


class ThreadStatusChangedNotification(Wire, frozen=True):
    """The thread became idle or active."""

    thread_id: str
    status: ThreadStatus


class TurnStartedNotification(Wire, frozen=True):
    """A turn began; before any of its items."""

    thread_id: str
    turn: Turn


class TurnCompletedNotification(Wire, frozen=True):
    """A turn settled; the last word of the turn."""

    thread_id: str
    turn: Turn


class ItemStartedNotification(Wire, frozen=True):
    """An item began; instants in unix milliseconds."""

    thread_id: str
    turn_id: str
    item: ThreadItem
    started_at_ms: int


class ItemCompletedNotification(Wire, frozen=True):
    """An item settled: the whole item, with its final status."""

    thread_id: str
    turn_id: str
    item: ThreadItem
    completed_at_ms: int


class AgentMessageDeltaNotification(Wire, frozen=True):
    """More text of an agent message."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str


class PlanDeltaNotification(Wire, frozen=True):
    """More text of a plan that the model proposes; the item as it ends need not be all of them joined."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str


class ReasoningSummaryTextDeltaNotification(Wire, frozen=True):
    """More text of part `summary_index` of a reasoning summary."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str
    summary_index: int


class ReasoningSummaryPartAddedNotification(Wire, frozen=True):
    """A new part of a reasoning summary begins."""

    thread_id: str
    turn_id: str
    item_id: str
    summary_index: int


class ReasoningTextDeltaNotification(Wire, frozen=True):
    """More text of part `content_index` of the reasoning itself, where a provider gives it."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str
    content_index: int


class TerminalInteractionNotification(Wire, frozen=True):
    """The model typed `stdin` into a running command, or looked after it where that is empty."""

    thread_id: str
    turn_id: str
    item_id: str
    process_id: str
    stdin: str


class CommandOutputDeltaNotification(Wire, frozen=True):
    """More output of a running command, stdout and stderr as they came."""

    thread_id: str
    turn_id: str
    item_id: str
    delta: str


class TokenUsageUpdatedNotification(Wire, frozen=True):
    """What the thread used, after every model request."""

    thread_id: str
    turn_id: str
    token_usage: ThreadTokenUsage


class FileChangePatchUpdatedNotification(Wire, frozen=True):
    """What a call would change, while the model still writes it: before its item starts, under the item's id.

    Each tells all of the changes so far, with paths as the model writes them. None at all takes the preview back:
    the call will not run.
    """

    thread_id: str
    turn_id: str
    item_id: str
    changes: list[FileUpdateChange]


class TurnDiffUpdatedNotification(Wire, frozen=True):
    """All file changes of the turn so far as one git-style diff."""

    thread_id: str
    turn_id: str
    diff: str


class PlanStep(Wire, frozen=True):
    """One step of the plan."""

    step: str
    status: Literal["pending", "inProgress", "completed"]


class TurnPlanUpdatedNotification(Wire, frozen=True):
    """The model's plan changed; it always comes whole."""

    thread_id: str
    turn_id: str
    plan: list[PlanStep]
    explanation: str | None = None


class ErrorNotification(Wire, frozen=True):
    """A model request failed; with `will_retry` the turn goes on, else it is failing."""

    thread_id: str
    turn_id: str
    error: TurnError
    will_retry: bool


class WarningNotification(Wire, frozen=True):
    """Something the user should know that stops nothing."""

    message: str
    thread_id: str | None = None


class ServerRequestResolvedNotification(Wire, frozen=True):
    """A question was answered (by any client) or withdrawn."""

    thread_id: str
    request_id: str | int


Notification = (
    ThreadStartedNotification
    | ThreadStatusChangedNotification
    | TurnStartedNotification
    | TurnCompletedNotification
    | ItemStartedNotification
    | ItemCompletedNotification
    | AgentMessageDeltaNotification
    | PlanDeltaNotification
    | FileChangePatchUpdatedNotification
    | ReasoningSummaryTextDeltaNotification
    | ReasoningSummaryPartAddedNotification
    | ReasoningTextDeltaNotification
    | TerminalInteractionNotification
    | CommandOutputDeltaNotification
    | TokenUsageUpdatedNotification
    | TurnDiffUpdatedNotification
    | TurnPlanUpdatedNotification
    | ErrorNotification
    | WarningNotification
    | ServerRequestResolvedNotification
    | McpServerStatusUpdatedNotification
    | McpToolCallProgressNotification
    | AutoApprovalReviewStartedNotification
    | AutoApprovalReviewCompletedNotification
    | GuardianWarningNotification
    | ThreadArchivedNotification
    | ThreadAttachmentUpdatedNotification
    | ThreadProjectUpdatedNotification
    | ThreadReadStateChangedNotification
    | ThreadSectionChangedNotification
    | ProjectChangedNotification
    | ThreadClosedNotification
    | ThreadDeletedNotification
    | ThreadGoalClearedNotification
    | ThreadGoalUpdatedNotification
    | ThreadNameUpdatedNotification
    | ThreadQueueChangedNotification
    | ThreadSettingsUpdatedNotification
    | ThreadRevertedNotification
    | ThreadUnarchivedNotification
    | ReviewCompletedNotification
    | HookStartedNotification
    | HookCompletedNotification
    | UsageUpdatedNotification
)
