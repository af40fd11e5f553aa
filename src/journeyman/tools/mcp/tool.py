"""One tool of an MCP server as a tool of ours.

What the server says (names, descriptions, results) is hostile input: bounded here, made visible by the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from journeyman.clock import Clock
from journeyman.models.api import ToolSpec
from journeyman.protocol.items import McpToolCallError, McpToolCallItem, McpToolCallResult
from journeyman.tools.api import (
    ApprovalNeed,
    Invocation,
    McpCallNeed,
    Progressed,
    Scope,
    ToolCall,
    ToolContext,
    ToolOutput,
)
from journeyman.tools.mcp.results import content_for_model
from journeyman.tools.mcp.servers import (
    Connection,
    McpServer,
    McpServerError,
    McpToolFacts,
    function_name,
)

# A description is for choosing the tool; a book in it is an attack or a mistake.
_MAX_DESCRIPTION_CHARS = 4_000
_EMPTY: dict[str, Any] = {"type": "object", "properties": {}}


class McpTool:
    """See `journeyman.tools.api.Tool`."""

    def __init__(
        self, server: McpServer, facts: McpToolFacts, connection: Connection, clock: Clock
    ) -> None:
        """Call `facts.name` of `server` through `connection`."""
        self.server = server
        self.facts = facts
        self.connection = connection
        self.clock = clock
        self.parallel = server.parallel or facts.is_read_only
        self.spec = ToolSpec(
            name=function_name(server.name, facts.name),
            description=facts.description[:_MAX_DESCRIPTION_CHARS],
            parameters=_schema(facts.input_schema),
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        return _McpCall(self, call, scope.max_output_tokens)

    async def settle(self, *, kill: bool) -> None:
        """Nothing of ours outlives a call."""


class _McpCall:
    """One call."""

    mutates = False  # what a server does is beyond the project's checkpoints

    def __init__(self, tool: McpTool, call: ToolCall, max_tokens: int) -> None:
        self._tool = tool
        self._arguments = call.arguments
        self._max_tokens = max_tokens
        self.item = McpToolCallItem(
            id=call.call_id,
            server=tool.server.name,
            tool=tool.facts.name,
            status="inProgress",
            arguments=dict(call.arguments),
        )
        self.need = ApprovalNeed(
            mcp_call=McpCallNeed(
                server=tool.server.name,
                tool=tool.facts.name,
                description=tool.facts.description,
                arguments=call.arguments,
                is_read_only=tool.facts.is_read_only,
                mode=tool.server.approval_of(tool.facts.name),
            )
        )

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        clock = self._tool.clock
        began = clock.monotonic()
        try:
            answer = await self._tool.connection.call(
                self._tool.facts.name,
                self._arguments,
                lambda message: context.emit(Progressed(message)),
            )
        except McpServerError as error:
            return self._failed(f"the MCP server {self._tool.server.name}: {error}")
        seconds = clock.monotonic() - began
        item = msgspec.structs.replace(
            self.item,
            status="failed" if answer.is_error else "completed",
            result=McpToolCallResult(
                content=list(answer.blocks), structured_content=answer.structured
            ),
            duration_ms=int(seconds * 1000),
        )
        content = content_for_model(
            answer.blocks, answer.structured, seconds=seconds, max_tokens=self._max_tokens
        )
        return ToolOutput(content=content, item=item, success=not answer.is_error)

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return self._failed(reason)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return self._failed("aborted by user")

    def _failed(self, reason: str) -> ToolOutput:
        item = msgspec.structs.replace(
            self.item, status="failed", error=McpToolCallError(message=reason)
        )
        return ToolOutput(content=reason, item=item, success=False)


def _schema(given: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as a function's parameters, which have to be an object."""
    schema = {key: value for key, value in given.items() if key != "$schema"}
    return {**_EMPTY, **schema} if schema.get("type") == "object" else _EMPTY
