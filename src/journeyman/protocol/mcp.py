"""MCP servers on the wire: how they start, and the questions about their tools."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from journeyman.protocol.wire import Wire


class McpServerStatusUpdatedNotification(Wire, frozen=True):
    """A server of a thread starts, is ready or failed; `error` says why and what to do."""

    name: str
    status: Literal["starting", "ready", "failed", "cancelled"]
    thread_id: str | None = None
    error: str | None = None
    failure_reason: Literal["reauthenticationRequired"] | None = None


class McpToolCallProgressNotification(Wire, frozen=True):
    """A tool of an MCP server says how far it is."""

    thread_id: str
    turn_id: str
    item_id: str
    message: str


class McpServerToolCallParams(Wire, frozen=True):
    """Calls a tool of a thread's MCP server for the client, without the model."""

    server: str
    thread_id: str
    tool: str
    arguments: Any = None
    meta: Any = msgspec.field(default=None, name="_meta")


class McpServerToolCallResponse(Wire, frozen=True):
    """What the tool answered, as the MCP specification has it."""

    content: list[Any]
    structured_content: Any = None
    is_error: bool | None = None
    meta: Any = msgspec.field(default=None, name="_meta")


class McpResourceReadParams(Wire, frozen=True):
    """Reads a resource of a thread's MCP server."""

    server: str
    uri: str
    thread_id: str | None = None


class McpResourceReadResponse(Wire, frozen=True):
    """The contents, text or base64, as the MCP specification has them."""

    contents: list[Any]


class McpServerOauthLoginParams(Wire, frozen=True):
    """Sign in to a configured MCP server; the answer comes as soon as there is a page to open."""

    name: str
    thread_id: str | None = None
    scopes: list[str] | None = None
    timeout_secs: int | None = None


class McpServerOauthLoginResponse(Wire, frozen=True):
    """The page to open in a browser on the server's machine."""

    authorization_url: str
    login_id: str | None = None


class McpServerOauthLoginCompletedNotification(Wire, frozen=True):
    """A sign-in is over; `error` says why it failed."""

    name: str
    success: bool
    error: str | None = None
    login_id: str | None = None
    thread_id: str | None = None


class ElicitationParams(Wire, frozen=True):
    """A question that concerns an MCP server: a form (`requested_schema`) with a text above it.

    With `codex_approval_kind` = `mcp_tool_call` in `meta` it asks whether a tool may be called; `meta` holds
    the tool and its arguments, and `persist` names for how long an answer may hold.
    """

    thread_id: str
    server_name: str
    message: str
    requested_schema: dict[str, Any]
    mode: Literal["form"] = "form"
    turn_id: str | None = None
    meta: dict[str, Any] | None = msgspec.field(default=None, name="_meta")


def is_about_tool(params: ElicitationParams) -> bool:
    """Whether it asks for leave to call a tool, and not for something to fill in."""
    return (params.meta or {}).get("codex_approval_kind") == "mcp_tool_call"


class ElicitationResponse(Wire, frozen=True):
    """The answer; `persist` in `meta` is `session` or `always` where it holds for longer."""

    action: Literal["accept", "decline", "cancel"]
    content: Any = None
    meta: dict[str, Any] | None = msgspec.field(default=None, name="_meta")
