"""The tools of all MCP servers of one thread: started side by side, listed once, then the same for good.

A server that fails costs its own tools. What the first request offered is offered by every later one, also
while a server is gone, so that the prompt's prefix never changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from journeyman.clock import Clock
from journeyman.tools.api import (
    Form,
    FormAnswer,
    SourceAudience,
    SourceState,
    Tool,
    ToolError,
    ToolSourceError,
)
from journeyman.tools.mcp.servers import (
    Connect,
    Connection,
    McpAnswer,
    McpServer,
    McpServerError,
    decline,
)
from journeyman.tools.mcp.tool import McpTool


class McpSource:
    """See `journeyman.tools.api.ToolSource`."""

    def __init__(self, servers: Sequence[McpServer], connect: Connect, clock: Clock) -> None:
        """Start nothing yet."""
        self.connections: dict[str, Connection] = {}
        self._servers = sorted(servers, key=lambda server: server.name)
        self._connect = connect
        self._clock = clock
        self._audience: SourceAudience | None = None
        self._starting: list[asyncio.Task[list[Tool]]] = []

    def begin(self, audience: SourceAudience) -> None:
        """See `ToolSource.begin`."""
        self._audience = audience
        self._starting = [asyncio.create_task(self._start(server)) for server in self._servers]

    async def tools(self) -> Sequence[Tool]:
        """See `ToolSource.tools`."""
        lists = [await asyncio.shield(task) for task in self._starting]
        return [tool for tools in lists for tool in tools]

    async def close(self) -> None:
        """See `ToolSource.close`."""
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        closing = [connection.close() for connection in self.connections.values()]
        await asyncio.gather(*closing, return_exceptions=True)

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `McpServers.call`."""
        connection = await self._connection(server)
        known = next(one for one in self._servers if one.name == server)
        if not known.offers(tool):
            raise ToolError(f"the tool {tool!r} of the MCP server {server} is switched off")
        try:
            return _answered(await connection.call(tool, arguments))
        except McpServerError as error:
            raise ToolError(f"the MCP server {server}: {error}") from error

    async def read(self, server: str, uri: str) -> list[dict[str, Any]]:
        """See `McpServers.read`."""
        connection = await self._connection(server)
        try:
            return await connection.read(uri)
        except McpServerError as error:
            raise ToolError(f"the MCP server {server}: {error}") from error

    async def _connection(self, server: str) -> Connection:
        """The way to a server, once it has started or failed to."""
        starting = [asyncio.shield(task) for task in self._starting]
        await asyncio.gather(*starting, return_exceptions=True)
        if server not in self.connections:
            known = ", ".join(one.name for one in self._servers)
            raise ToolError(f"this thread has no MCP server {server!r}: there are {known}")
        return self.connections[server]

    def _tell(self, state: SourceState) -> None:
        if self._audience is not None:
            self._audience.tell(state)

    async def _fill_in(self, form: Form) -> FormAnswer:
        return await (self._audience.fill_in(form) if self._audience else decline(form))

    async def _start(self, server: McpServer) -> list[Tool]:
        self._tell(SourceState(name=server.name, status="starting"))
        try:
            connection = self.connections[server.name] = await self._connect(server, self._fill_in)
            facts = await connection.tools()
        except McpServerError as error:
            self._tell(SourceState(name=server.name, status="failed", error=str(error)))
            if server.required:
                message = f"the required MCP server {server.name} is not there: {error}"
                raise ToolSourceError(message) from error
            return []
        self._tell(SourceState(name=server.name, status="ready"))
        return [McpTool(server, fact, connection, self._clock) for fact in facts]


def _answered(answer: McpAnswer) -> dict[str, Any]:
    structured = {} if answer.structured is None else {"structuredContent": answer.structured}
    return {"content": list(answer.blocks), "isError": answer.is_error, **structured}
