"""mcpServer/*: what a client itself wants of the MCP servers of a loaded thread."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec

from journeyman.protocol import mcp
from journeyman.protocol.ids import new_id
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.server.services import required
from journeyman.tools.api import ToolError

_SIGN_IN_SECONDS, _MAX_SIGN_IN_SECONDS = 300, 3600


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


class _SignIn:
    """A sign-in that waits for the browser; it ends with the client that began it."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def sign_in(call: Call, params: mcp.McpServerOauthLoginParams) -> None:
    """Begin a sign-in; mcpServer/oauthLogin/completed follows."""
    port = required(call.services.mcp_sign_in, "mcpServer/oauth")
    seconds = params.timeout_secs or _SIGN_IN_SECONDS
    if not 0 < seconds <= _MAX_SIGN_IN_SECONDS:
        raise RpcError(f"timeoutSecs must be between 1 and {_MAX_SIGN_IN_SECONDS}")
    page: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    login_id = new_id()

    async def run() -> None:
        error: str | None = None
        try:
            await port.sign_in(params.name, params.scopes or (), seconds, show=page.set_result)
        except RpcError as refused:
            error = refused.message
        if not page.done():
            page.set_exception(RpcError(error or "the server asks nobody to sign in"))
            return
        call.services.clients.notify(
            mcp.McpServerOauthLoginCompletedNotification(
                name=params.name,
                success=error is None,
                error=error,
                login_id=login_id,
                thread_id=params.thread_id,
            )
        )

    call.peer.belongings.hold("mcpSignIn", login_id, _SignIn(asyncio.create_task(run())))
    url = await page
    call.reply(mcp.McpServerOauthLoginResponse(authorization_url=url, login_id=login_id))


HANDLERS: dict[str, Handler] = {
    "mcpServer/oauth/login": sign_in,
    "mcpServer/resource/read": read_resource,
    "mcpServer/tool/call": call_tool,
}
