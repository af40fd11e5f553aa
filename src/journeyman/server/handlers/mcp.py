"""mcpServer/*: what a client itself wants of the MCP servers of a loaded thread."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from journeyman.protocol import mcp
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.tools.api import ToolError


async def call_tool(call: Call, params: mcp.McpServerToolCallParams) -> None:
    """Call a tool. Nobody is asked: the user's own client wants it."""
    servers = call.manager.get(params.thread_id).servers
    arguments = params.arguments
    if not isinstance(arguments, dict | None):
        raise RpcError("arguments must be an object")
    try:
        answer = await servers.call(
            params.server, params.tool, cast("dict[str, Any]", arguments or {})
        )
    except ToolError as error:
        raise RpcError(str(error)) from error
    call.reply(msgspec.convert(answer, mcp.McpServerToolCallResponse))


async def read_resource(call: Call, params: mcp.McpResourceReadParams) -> None:
    """Read a resource."""
    if params.thread_id is None:
        raise RpcError("threadId is missing: MCP servers belong to threads")
    servers = call.manager.get(params.thread_id).servers
    try:
        contents = await servers.read(params.server, params.uri)
    except ToolError as error:
        raise RpcError(str(error)) from error
    call.reply(mcp.McpResourceReadResponse(contents=list(contents)))


HANDLERS: dict[str, Handler] = {
    "mcpServer/resource/read": read_resource,
    "mcpServer/tool/call": call_tool,
}
