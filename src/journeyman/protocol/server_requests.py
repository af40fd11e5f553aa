"""The rows of the method table that a server asks its clients, by resource in alphabetical order."""

from __future__ import annotations

from journeyman.protocol import (
    approvals,
    dynamic_tools,
    mcp,
    permission_requests,
    user_input,
)
from journeyman.protocol.rows import Method

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
    Method(
        "item/tool/call", dynamic_tools.DynamicToolCallParams, dynamic_tools.DynamicToolCallResponse
    ),
    Method(
        "item/tool/requestUserInput",
        user_input.UserInputParams,
        user_input.UserInputResponse,
        "experimental",
    ),
    Method(
        "item/permissions/requestApproval",
        permission_requests.PermissionsApprovalParams,
        permission_requests.PermissionsApprovalResponse,
    ),
    # mcpServer
    Method("mcpServer/elicitation/request", mcp.ElicitationParams, mcp.ElicitationResponse),
)
