"""The rows of the method table without answers, by resource in alphabetical order.

Notifications of our own begin with `journeyman/` and reach only clients that asked for them.
"""

from __future__ import annotations

from journeyman.protocol import (
    account,
    attachments,
    code_review,
    commands,
    config,
    connection,
    events,
    file_search,
    files,
    goals,
    hooks,
    listings,
    mcp,
    processes,
    projects,
    queue,
    read_states,
    reviews,
    sections,
    spending,
    thread_settings,
    thread_shelf,
)
from journeyman.protocol.rows import NotificationMethod

CLIENT_NOTIFICATIONS = (NotificationMethod("initialized", connection.Empty),)

SERVER_NOTIFICATIONS = (
    # account
    NotificationMethod("account/login/completed", account.LoginCompletedNotification),
    NotificationMethod("account/updated", account.AccountUpdatedNotification),
    # command
    NotificationMethod("command/exec/outputDelta", commands.CommandExecOutputDelta),
    # configWarning
    NotificationMethod("configWarning", config.ConfigWarningNotification),
    # deprecationNotice
    NotificationMethod("deprecationNotice", config.DeprecationNoticeNotification),
    # error
    NotificationMethod("error", events.ErrorNotification),
    # hook
    NotificationMethod("hook/completed", hooks.HookCompletedNotification),
    NotificationMethod("hook/started", hooks.HookStartedNotification),
    # fs
    NotificationMethod("fs/changed", files.FsChangedNotification),
    # fuzzyFileSearch
    NotificationMethod("fuzzyFileSearch/sessionCompleted", file_search.FileSearchSessionCompleted),
    NotificationMethod("fuzzyFileSearch/sessionUpdated", file_search.FileSearchSessionUpdated),
    # guardianWarning
    NotificationMethod("guardianWarning", reviews.GuardianWarningNotification),
    # item
    NotificationMethod("item/agentMessage/delta", events.AgentMessageDeltaNotification),
    NotificationMethod(
        "item/autoApprovalReview/completed", reviews.AutoApprovalReviewCompletedNotification
    ),
    NotificationMethod(
        "item/autoApprovalReview/started", reviews.AutoApprovalReviewStartedNotification
    ),
    NotificationMethod("item/commandExecution/outputDelta", events.CommandOutputDeltaNotification),
    NotificationMethod(
        "item/commandExecution/terminalInteraction", events.TerminalInteractionNotification
    ),
    NotificationMethod("item/completed", events.ItemCompletedNotification),
    NotificationMethod("item/fileChange/patchUpdated", events.FileChangePatchUpdatedNotification),
    NotificationMethod("item/mcpToolCall/progress", mcp.McpToolCallProgressNotification),
    NotificationMethod("item/plan/delta", events.PlanDeltaNotification),
    NotificationMethod(
        "item/reasoning/summaryPartAdded", events.ReasoningSummaryPartAddedNotification
    ),
    NotificationMethod(
        "item/reasoning/summaryTextDelta", events.ReasoningSummaryTextDeltaNotification
    ),
    NotificationMethod("item/reasoning/textDelta", events.ReasoningTextDeltaNotification),
    NotificationMethod("item/started", events.ItemStartedNotification),
    # journeyman
    NotificationMethod("journeyman/usage/updated", spending.UsageUpdatedNotification),
    # mcpServer
    NotificationMethod(
        "mcpServer/oauthLogin/completed", mcp.McpServerOauthLoginCompletedNotification
    ),
    NotificationMethod("mcpServer/startupStatus/updated", mcp.McpServerStatusUpdatedNotification),
    # journeyman
    NotificationMethod("journeyman/review/completed", code_review.ReviewCompletedNotification),
    # process
    NotificationMethod("process/exited", processes.ProcessExitedNotification, "experimental"),
    NotificationMethod(
        "process/outputDelta", processes.ProcessOutputDeltaNotification, "experimental"
    ),
    # project
    NotificationMethod("project/changed", projects.ProjectChangedNotification, "experimental"),
    # serverRequest
    NotificationMethod("serverRequest/resolved", events.ServerRequestResolvedNotification),
    # skills
    NotificationMethod("skills/changed", listings.SkillsChangedNotification),
    # thread
    NotificationMethod("thread/archived", thread_shelf.ThreadArchivedNotification),
    NotificationMethod(
        "thread/attachment/updated", attachments.ThreadAttachmentUpdatedNotification
    ),
    NotificationMethod("thread/closed", thread_shelf.ThreadClosedNotification),
    NotificationMethod("thread/deleted", thread_shelf.ThreadDeletedNotification),
    NotificationMethod("thread/goal/cleared", goals.ThreadGoalClearedNotification),
    NotificationMethod("thread/goal/updated", goals.ThreadGoalUpdatedNotification),
    NotificationMethod("thread/name/updated", thread_shelf.ThreadNameUpdatedNotification),
    NotificationMethod(
        "thread/project/updated", projects.ThreadProjectUpdatedNotification, "experimental"
    ),
    NotificationMethod("thread/queue/changed", queue.ThreadQueueChangedNotification),
    NotificationMethod(
        "thread/readState/changed", read_states.ThreadReadStateChangedNotification, "experimental"
    ),
    NotificationMethod("thread/section/changed", sections.ThreadSectionChangedNotification),
    NotificationMethod(
        "thread/settings/updated", thread_settings.ThreadSettingsUpdatedNotification
    ),
    NotificationMethod("thread/started", events.ThreadStartedNotification),
    NotificationMethod("thread/status/changed", events.ThreadStatusChangedNotification),
    NotificationMethod("thread/tokenUsage/updated", events.TokenUsageUpdatedNotification),
    NotificationMethod("thread/reverted", thread_shelf.ThreadRevertedNotification),
    NotificationMethod("thread/unarchived", thread_shelf.ThreadUnarchivedNotification),
    # turn
    NotificationMethod("turn/completed", events.TurnCompletedNotification),
    NotificationMethod("turn/diff/updated", events.TurnDiffUpdatedNotification),
    NotificationMethod("turn/plan/updated", events.TurnPlanUpdatedNotification),
    NotificationMethod("turn/started", events.TurnStartedNotification),
    # warning
    NotificationMethod("warning", events.WarningNotification),
)
