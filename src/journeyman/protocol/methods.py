"""The one table of methods: name, params, result, stability. Dispatch, client and schema read it.

A method that is not in a table does not exist; nothing can be half-added. Requests of clients are listed here, by
resource in alphabetical order; those of servers in `server_requests`, what has no answer in `notifications`.
"""

from __future__ import annotations

from journeyman.protocol import (
    account,
    attachments,
    code_review,
    commands,
    config,
    connection,
    file_search,
    files,
    goals,
    listings,
    mcp,
    models,
    pages,
    permission_requests,
    processes,
    projects,
    queue,
    read_states,
    sections,
    spending,
    terminals,
    thread_settings,
    thread_shelf,
    threads,
    turns,
    undo,
)
from journeyman.protocol.notifications import CLIENT_NOTIFICATIONS, SERVER_NOTIFICATIONS
from journeyman.protocol.rows import Method
from journeyman.protocol.server_requests import SERVER_REQUESTS

CLIENT_REQUESTS = (
    # account
    Method("account/login/cancel", account.LoginCancelParams, account.LoginCancelResponse),
    Method("account/login/start", account.LoginStartParams, account.LoginStartResponse),
    Method("account/logout", connection.Empty, account.LogoutResponse),
    Method("account/read", account.AccountReadParams, account.AccountReadResponse),
    # collaborationMode
    Method(
        "collaborationMode/list",
        connection.Empty,
        listings.CollaborationModeListResponse,
        "experimental",
    ),
    # command
    Method(
        "command/exec",
        commands.CommandExecParams,
        commands.CommandExecResponse,
        experimental=("permission_profile",),
    ),
    Method("command/exec/resize", commands.CommandExecResizeParams, commands.CommandExecDone),
    Method("command/exec/terminate", commands.CommandExecTerminateParams, commands.CommandExecDone),
    Method("command/exec/write", commands.CommandExecWriteParams, commands.CommandExecDone),
    # config
    Method("config/batchWrite", config.ConfigBatchWriteParams, config.ConfigWriteResponse),
    Method("config/mcpServer/reload", connection.Empty, config.McpReloadResponse),
    Method("config/read", config.ConfigReadParams, config.ConfigReadResponse),
    Method("config/value/write", config.ConfigValueWriteParams, config.ConfigWriteResponse),
    Method("configRequirements/read", connection.Empty, config.RequirementsReadResponse),
    # experimentalFeature
    Method(
        "experimentalFeature/list",
        listings.PageParams,
        listings.ExperimentalFeatureListResponse,
    ),
    # fs
    Method("fs/copy", files.FsCopyParams, files.FsDone),
    Method("fs/createDirectory", files.FsCreateDirectoryParams, files.FsDone),
    Method("fs/getMetadata", files.FsPathParams, files.FsMetadata),
    Method("fs/readDirectory", files.FsPathParams, files.FsReadDirectoryResponse),
    Method("fs/readFile", files.FsPathParams, files.FsReadFileResponse),
    Method("fs/remove", files.FsRemoveParams, files.FsDone),
    Method("fs/unwatch", files.FsUnwatchParams, files.FsDone),
    Method("fs/watch", files.FsWatchParams, files.FsWatchResponse),
    Method("fs/writeFile", files.FsWriteFileParams, files.FsDone),
    # fuzzyFileSearch
    Method("fuzzyFileSearch", file_search.FileSearchParams, file_search.FileSearchResponse),
    Method(
        "fuzzyFileSearch/sessionStart",
        file_search.FileSearchSessionStartParams,
        file_search.FileSearchDone,
        "experimental",
    ),
    Method(
        "fuzzyFileSearch/sessionStop",
        file_search.FileSearchSessionStopParams,
        file_search.FileSearchDone,
        "experimental",
    ),
    Method(
        "fuzzyFileSearch/sessionUpdate",
        file_search.FileSearchSessionUpdateParams,
        file_search.FileSearchDone,
        "experimental",
    ),
    # hooks
    Method("hooks/list", listings.FoldersParams, listings.HooksListResponse),
    # initialize
    Method("initialize", connection.InitializeParams, connection.InitializeResponse),
    # journeyman
    Method("journeyman/budget/read", spending.BudgetReadParams, spending.BudgetReadResponse),
    Method("journeyman/budget/set", spending.BudgetSetParams, spending.BudgetReadResponse),
    Method("journeyman/goal/timeBudget/set", goals.GoalTimeBudgetSetParams, connection.Empty),
    Method(
        "journeyman/grants/read",
        permission_requests.GrantsReadParams,
        permission_requests.GrantsReadResponse,
    ),
    Method(
        "journeyman/grants/revoke",
        permission_requests.GrantsRevokeParams,
        permission_requests.GrantsReadResponse,
    ),
    Method("journeyman/item/output/read", pages.ItemOutputReadParams, pages.ItemOutputReadResponse),
    Method("journeyman/undo", undo.UndoParams, undo.UndoResponse),
    # mcpServer
    Method("mcpServer/oauth/login", mcp.McpServerOauthLoginParams, mcp.McpServerOauthLoginResponse),
    Method("mcpServer/resource/read", mcp.McpResourceReadParams, mcp.McpResourceReadResponse),
    Method("mcpServer/tool/call", mcp.McpServerToolCallParams, mcp.McpServerToolCallResponse),
    # mcpServerStatus
    Method("mcpServerStatus/list", listings.PageParams, listings.McpServerStatusListResponse),
    # model
    Method("model/list", models.ModelListParams, models.ModelListResponse),
    # modelProvider
    Method("modelProvider/capabilities/read", connection.Empty, listings.ProviderCapabilities),
    Method("modelProvider/list", connection.Empty, listings.ModelProviderListResponse),
    # permissionProfile
    Method(
        "permissionProfile/list",
        listings.PermissionProfileListParams,
        listings.PermissionProfileListResponse,
    ),
    # process
    Method("process/kill", processes.ProcessKillParams, connection.Empty, "experimental"),
    Method("process/resizePty", processes.ProcessResizePtyParams, connection.Empty, "experimental"),
    Method("process/spawn", processes.ProcessSpawnParams, connection.Empty, "experimental"),
    Method(
        "process/writeStdin", processes.ProcessWriteStdinParams, connection.Empty, "experimental"
    ),
    # project
    Method(
        "project/create", projects.ProjectCreateParams, projects.ProjectResponse, "experimental"
    ),
    Method("project/delete", projects.ProjectParams, connection.Empty, "experimental"),
    Method(
        "project/import", projects.ProjectImportParams, projects.ProjectResponse, "experimental"
    ),
    Method(
        "project/list", projects.ProjectListParams, projects.ProjectListResponse, "experimental"
    ),
    Method("project/move", projects.ProjectMoveParams, connection.Empty, "experimental"),
    Method("project/read", projects.ProjectParams, projects.ProjectResponse, "experimental"),
    Method(
        "project/update", projects.ProjectUpdateParams, projects.ProjectResponse, "experimental"
    ),
    # server
    Method(
        "server/diagnostics",
        connection.Empty,
        listings.ServerDiagnosticsResponse,
        "experimental",
    ),
    # skills
    Method(
        "skills/config/write",
        listings.SkillsConfigWriteParams,
        listings.SkillsConfigWriteResponse,
    ),
    Method("skills/extraRoots/set", listings.SkillsExtraRootsSetParams, connection.Empty),
    Method("skills/list", listings.FoldersParams, listings.SkillsListResponse),
    # review
    Method("review/start", code_review.ReviewStartParams, code_review.ReviewStartResponse),
    # thread
    Method("thread/revert", thread_shelf.ThreadRevertParams, thread_shelf.ThreadRevertResponse),
    Method("thread/archive", thread_shelf.ThreadArchiveParams, connection.Empty),
    Method(
        "thread/attachment/add",
        attachments.ThreadAttachmentAddParams,
        attachments.ThreadAttachmentAddResponse,
    ),
    Method(
        "thread/attachment/list",
        attachments.ThreadAttachmentListParams,
        attachments.ThreadAttachmentListResponse,
    ),
    Method("thread/attachment/remove", attachments.ThreadAttachmentRemoveParams, connection.Empty),
    Method(
        "thread/attachmentOwner/list",
        attachments.ThreadAttachmentOwnerListParams,
        attachments.ThreadAttachmentOwnerListResponse,
    ),
    Method(
        "thread/backgroundTerminals/clean",
        terminals.ThreadBackgroundTerminalsCleanParams,
        connection.Empty,
        "experimental",
    ),
    Method(
        "thread/backgroundTerminals/list",
        terminals.ThreadBackgroundTerminalsListParams,
        terminals.ThreadBackgroundTerminalsListResponse,
        "experimental",
    ),
    Method(
        "thread/backgroundTerminals/terminate",
        terminals.ThreadBackgroundTerminalsTerminateParams,
        terminals.ThreadBackgroundTerminalsTerminateResponse,
        "experimental",
    ),
    Method("thread/compact/start", thread_settings.ThreadCompactStartParams, connection.Empty),
    Method("thread/delete", thread_shelf.ThreadDeleteParams, connection.Empty),
    Method(
        "thread/fork",
        threads.ThreadForkParams,
        threads.ThreadStartResponse,
        experimental=("before_turn_id", "path"),
    ),
    Method("thread/goal/clear", goals.ThreadGoalClearParams, goals.ThreadGoalClearResponse),
    Method("thread/goal/get", goals.ThreadGoalGetParams, goals.ThreadGoalGetResponse),
    Method("thread/goal/set", goals.ThreadGoalSetParams, goals.ThreadGoalSetResponse),
    Method("thread/inject_items", thread_settings.ThreadInjectItemsParams, connection.Empty),
    Method("thread/items/list", pages.ThreadItemsListParams, pages.ThreadItemsListResponse),
    Method(
        "thread/items/read",
        pages.ThreadItemsReadParams,
        pages.ThreadItemsReadResponse,
        "experimental",
    ),
    Method(
        "thread/list",
        threads.ThreadListParams,
        threads.ThreadListResponse,
        experimental=("parent_thread_id", "project_id"),
    ),
    Method(
        "thread/loaded/list",
        thread_shelf.ThreadLoadedListParams,
        thread_shelf.ThreadLoadedListResponse,
    ),
    Method(
        "thread/metadata/update",
        thread_shelf.ThreadMetadataUpdateParams,
        thread_shelf.ThreadMetadataUpdateResponse,
        experimental=("project_id",),
    ),
    Method("thread/name/set", thread_shelf.ThreadSetNameParams, connection.Empty),
    Method(
        "thread/prepareApprovedPlan",
        thread_settings.ThreadPrepareApprovedPlanParams,
        thread_settings.ThreadPrepareApprovedPlanResponse,
        "experimental",
    ),
    Method(
        "thread/queue/add",
        queue.ThreadQueueAddParams,
        queue.ThreadQueueAddResponse,
        "experimental",
    ),
    Method(
        "thread/queue/delete",
        queue.ThreadQueueDeleteParams,
        queue.ThreadQueueDeleteResponse,
        "experimental",
    ),
    Method(
        "thread/queue/list",
        queue.ThreadQueueListParams,
        queue.ThreadQueueListResponse,
        "experimental",
    ),
    Method(
        "thread/queue/reorder",
        queue.ThreadQueueReorderParams,
        connection.Empty,
        "experimental",
    ),
    Method(
        "thread/queue/start",
        queue.ThreadQueueStartParams,
        queue.ThreadQueueStartResponse,
        "experimental",
    ),
    Method(
        "thread/queue/update",
        queue.ThreadQueueUpdateParams,
        queue.ThreadQueueUpdateResponse,
        "experimental",
    ),
    Method("thread/read", threads.ThreadReadParams, threads.ThreadReadResponse),
    Method(
        "thread/readState/update",
        read_states.ThreadReadStateUpdateParams,
        read_states.ThreadReadStateUpdateResponse,
        "experimental",
    ),
    Method(
        "thread/resume",
        threads.ThreadResumeParams,
        threads.ThreadStartResponse,
        experimental=("path",),
    ),
    Method("thread/search", pages.ThreadSearchParams, pages.ThreadSearchResponse, "experimental"),
    Method("thread/section/move", sections.ThreadSectionMoveParams, connection.Empty),
    Method(
        "thread/searchOccurrences",
        pages.ThreadSearchOccurrencesParams,
        pages.ThreadSearchOccurrencesResponse,
        "experimental",
    ),
    Method(
        "thread/settings/update",
        thread_settings.ThreadSettingsUpdateParams,
        connection.Empty,
        "experimental",
    ),
    Method("thread/shellCommand", thread_settings.ThreadShellCommandParams, connection.Empty),
    Method(
        "thread/start",
        threads.ThreadStartParams,
        threads.ThreadStartResponse,
        experimental=("dynamic_tools", "project_id"),
    ),
    Method("thread/turns/list", pages.ThreadTurnsListParams, pages.ThreadTurnsListResponse),
    Method(
        "thread/unarchive",
        thread_shelf.ThreadUnarchiveParams,
        thread_shelf.ThreadUnarchiveResponse,
    ),
    Method(
        "thread/unsubscribe",
        thread_shelf.ThreadUnsubscribeParams,
        thread_shelf.ThreadUnsubscribeResponse,
    ),
    # threadSection
    Method(
        "threadSection/create", sections.ThreadSectionCreateParams, sections.ThreadSectionResponse
    ),
    Method("threadSection/delete", sections.ThreadSectionDeleteParams, connection.Empty),
    Method(
        "threadSection/list", sections.ThreadSectionListParams, sections.ThreadSectionListResponse
    ),
    Method(
        "threadSection/update", sections.ThreadSectionUpdateParams, sections.ThreadSectionResponse
    ),
    # turn
    Method("turn/interrupt", turns.TurnInterruptParams, turns.TurnInterruptResponse),
    Method(
        "turn/settings/update",
        thread_settings.TurnSettingsUpdateParams,
        thread_settings.TurnSettingsUpdateResponse,
        "experimental",
    ),
    Method(
        "turn/start",
        turns.TurnStartParams,
        turns.TurnStartResponse,
        experimental=("collaboration_mode",),
    ),
    Method("turn/steer", turns.TurnSteerParams, turns.TurnSteerResponse),
    # windowsSandbox
    Method("windowsSandbox/readiness", connection.Empty, listings.WindowsSandboxReadinessResponse),
)

REQUEST_BY_NAME = {method.name: method for method in CLIENT_REQUESTS + SERVER_REQUESTS}
NOTIFICATION_BY_NAME = {
    method.name: method for method in CLIENT_NOTIFICATIONS + SERVER_NOTIFICATIONS
}
NOTIFICATION_NAME = {method.params: method.name for method in SERVER_NOTIFICATIONS}
