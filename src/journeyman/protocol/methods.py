"""The one table of methods: name, params, result, stability. Dispatch, client and schema read it.

A method that is not in a table does not exist; nothing can be half-added.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from journeyman.protocol import approvals, connection, events, threads, turns

Stability = Literal["stable", "experimental"]


class Method(NamedTuple):
    """A request and its answer."""

    name: str
    params: type[msgspec.Struct]
    response: type[msgspec.Struct]
    stability: Stability = "stable"


class NotificationMethod(NamedTuple):
    """A message without an answer."""

    name: str
    params: type[msgspec.Struct]
    stability: Stability = "stable"


CLIENT_REQUESTS = (
    Method("initialize", connection.InitializeParams, connection.InitializeResponse),
    Method("thread/start", threads.ThreadStartParams, threads.ThreadStartResponse),
    Method("thread/resume", threads.ThreadResumeParams, threads.ThreadStartResponse),
    Method("thread/fork", threads.ThreadForkParams, threads.ThreadStartResponse),
    Method("thread/list", threads.ThreadListParams, threads.ThreadListResponse),
    Method("thread/read", threads.ThreadReadParams, threads.ThreadReadResponse),
    Method("turn/start", turns.TurnStartParams, turns.TurnStartResponse),
    Method("turn/steer", turns.TurnSteerParams, turns.TurnSteerResponse),
    Method("turn/interrupt", turns.TurnInterruptParams, turns.TurnInterruptResponse),
)

SERVER_REQUESTS = (
    Method(
        "item/commandExecution/requestApproval",
        approvals.CommandApprovalParams,
        approvals.CommandApprovalResponse,
    ),
    Method(
        "item/fileChange/requestApproval",
        approvals.FileChangeApprovalParams,
        approvals.FileChangeApprovalResponse,
    ),
)

CLIENT_NOTIFICATIONS = (NotificationMethod("initialized", connection.Empty),)

SERVER_NOTIFICATIONS = (
    NotificationMethod("thread/started", events.ThreadStartedNotification),
    NotificationMethod("thread/status/changed", events.ThreadStatusChangedNotification),
    NotificationMethod("thread/tokenUsage/updated", events.TokenUsageUpdatedNotification),
    NotificationMethod("turn/started", events.TurnStartedNotification),
    NotificationMethod("turn/completed", events.TurnCompletedNotification),
    NotificationMethod("turn/diff/updated", events.TurnDiffUpdatedNotification),
    NotificationMethod("turn/plan/updated", events.TurnPlanUpdatedNotification),
    NotificationMethod("item/started", events.ItemStartedNotification),
    NotificationMethod("item/completed", events.ItemCompletedNotification),
    NotificationMethod("item/agentMessage/delta", events.AgentMessageDeltaNotification),
    NotificationMethod(
        "item/reasoning/summaryTextDelta", events.ReasoningSummaryTextDeltaNotification
    ),
    NotificationMethod(
        "item/reasoning/summaryPartAdded", events.ReasoningSummaryPartAddedNotification
    ),
    NotificationMethod("item/commandExecution/outputDelta", events.CommandOutputDeltaNotification),
    NotificationMethod("error", events.ErrorNotification),
    NotificationMethod("warning", events.WarningNotification),
    NotificationMethod("serverRequest/resolved", events.ServerRequestResolvedNotification),
)

REQUEST_BY_NAME = {method.name: method for method in CLIENT_REQUESTS + SERVER_REQUESTS}
NOTIFICATION_BY_NAME = {
    method.name: method for method in CLIENT_NOTIFICATIONS + SERVER_NOTIFICATIONS
}
NOTIFICATION_NAME = {method.params: method.name for method in SERVER_NOTIFICATIONS}
