"""The MCP side, by the official SDK: lists and calls the tools, asks by elicitation, tells progress.

Specification: https://modelcontextprotocol.io/specification.
"""

from __future__ import annotations

from typing import Any

import msgspec
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ClientCapabilities,
    ElicitationCapability,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from journeyman.mcp_server.agents import Agents, Caller, Reply
from journeyman.mcp_server.tools import (
    ALIASES,
    DESCRIPTIONS,
    OUTPUT_SCHEMA,
    REPLY,
    RUN,
    SCHEMAS,
    ReplyArguments,
    RunArguments,
)
from journeyman.protocol.jsonrpc import RpcError

_Context = ServerRequestContext[Any, Any]
# Names of others' own members have a prefix; see the specification, General fields.
_SPENDING = "journeyman/spending"
_CAN_BE_ASKED = ClientCapabilities(elicitation=ElicitationCapability())


def build_server(agents: Agents, version: str) -> Server[Any]:
    """The server whose tools run `agents`."""

    async def list_tools(_ctx: _Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_tool(name) for name in (RUN, REPLY)])

    async def call_tool(ctx: _Context, params: CallToolRequestParams) -> CallToolResult:
        return await _call(agents, ctx, params)

    return Server(
        "journeyman",
        title="Journeyman",
        version=version,
        instructions="A coding agent that works in a folder, in a sandbox.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(server: Server[Any]) -> None:
    """Serve the program that started us, until it leaves."""
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _tool(name: str) -> Tool:
    return Tool(
        name=name,
        description=DESCRIPTIONS[name],
        input_schema=SCHEMAS[name],
        output_schema=OUTPUT_SCHEMA,
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, open_world_hint=True
        ),
    )


async def _call(agents: Agents, ctx: _Context, params: CallToolRequestParams) -> CallToolResult:
    name = ALIASES.get(params.name, params.name)
    if name not in SCHEMAS:
        raise MCPError(INVALID_PARAMS, f"unknown tool {params.name!r}; there are {RUN} and {REPLY}")
    try:
        reply = await _run(agents, name, params.arguments or {}, _caller(ctx))
    except msgspec.ValidationError as error:
        return _result(Reply(thread_id="", text=f"{name}: {error}", is_error=True))
    except RpcError as error:
        return _result(Reply(thread_id="", text=error.message, is_error=True))
    return _result(reply)


async def _run(agents: Agents, name: str, given: dict[str, Any], caller: Caller) -> Reply:
    if name == RUN:
        said = msgspec.convert(given, RunArguments)
        return await agents.start(said.opening(), said.prompt, caller)
    reply = msgspec.convert(given, ReplyArguments)
    thread_id = reply.thread_id or reply.conversation_id
    if not thread_id:
        raise RpcError("name the thread to go on with, in threadId")
    return await agents.go_on(thread_id, reply.prompt, caller)


def _result(reply: Reply) -> CallToolResult:
    # Beside the answer: it is for programs, and a model need not read it.
    spending = reply.spending and msgspec.to_builtins(reply.spending)
    return CallToolResult(
        content=[TextContent(type="text", text=reply.text)],
        structured_content={"threadId": reply.thread_id, "content": reply.text},
        is_error=reply.is_error,
        _meta={_SPENDING: spending} if spending else None,
    )


def _caller(ctx: _Context) -> Caller:
    """The client that made this call; who cannot be asked declines."""
    token = (ctx.meta or {}).get("progress_token")
    steps = 0

    async def ask(words: str, decisions: list[str]) -> str:
        if not ctx.session.check_client_capability(_CAN_BE_ASKED):
            return "decline"
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {"decision": {"type": "string", "title": "Decision", "enum": decisions}},
            "required": ["decision"],
        }
        try:
            answer = await ctx.session.elicit_form(words, schema, ctx.request_id)
        except MCPError:
            return "decline"
        if answer.action != "accept":
            return "cancel" if answer.action == "cancel" else "decline"
        return str((answer.content or {}).get("decision", "decline"))

    async def tell(text: str) -> None:
        nonlocal steps
        steps += 1
        if token is not None:
            related = None if ctx.request_id is None else str(ctx.request_id)
            await ctx.session.send_progress_notification(
                token, steps, message=text, related_request_id=related
            )

    return Caller(ask, tell)
