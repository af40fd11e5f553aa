"""The one table of methods: name, params, result, stability. Dispatch, client and schema read it.

A method that is not in a table does not exist; nothing can be half-added. Requests are listed here, by
resource in alphabetical order; notifications, which have no answer, in `notifications`.
"""

from __future__ import annotations

from journeyman.protocol import approvals, connection, threads, turns
from journeyman.protocol.notifications import CLIENT_NOTIFICATIONS, SERVER_NOTIFICATIONS
from journeyman.protocol.rows import Method

CLIENT_REQUESTS = (
    # initialize
    Method("initialize", connection.InitializeParams, connection.InitializeResponse),
    # thread
    Method("thread/fork", threads.ThreadForkParams, threads.ThreadStartResponse),
    Method("thread/list", threads.ThreadListParams, threads.ThreadListResponse),
    Method("thread/read", threads.ThreadReadParams, threads.ThreadReadResponse),
    Method("thread/resume", threads.ThreadResumeParams, threads.ThreadStartResponse),
    Method("thread/start", threads.ThreadStartParams, threads.ThreadStartResponse),
    # turn
    Method("turn/interrupt", turns.TurnInterruptParams, turns.TurnInterruptResponse),
    Method("turn/start", turns.TurnStartParams, turns.TurnStartResponse),
    Method("turn/steer", turns.TurnSteerParams, turns.TurnSteerResponse),
)

SERVER_REQUESTS = (
    # item
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

REQUEST_BY_NAME = {method.name: method for method in CLIENT_REQUESTS + SERVER_REQUESTS}
NOTIFICATION_BY_NAME = {
    method.name: method for method in CLIENT_NOTIFICATIONS + SERVER_NOTIFICATIONS
}
NOTIFICATION_NAME = {method.params: method.name for method in SERVER_NOTIFICATIONS}
