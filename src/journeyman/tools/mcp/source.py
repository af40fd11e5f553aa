"""The tools of all MCP servers of one thread: started side by side, listed once, then the same for good.

A server that fails costs its own tools. What the first request offered is offered by every later one, also
while a server is gone, so that the prompt's prefix never changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from journeyman.clock import Clock
from journeyman.tools.api import SourceState, Tool, ToolSourceError
from journeyman.tools.mcp.servers import Connection, McpServer, McpServerError
from journeyman.tools.mcp.tool import McpTool

# Makes the way to a server; may take a while, since it imports the SDK.
Connect = Callable[[McpServer], Awaitable[Connection]]


class McpSource:
    """See `journeyman.tools.api.ToolSource`."""

    def __init__(self, servers: Sequence[McpServer], connect: Connect, clock: Clock) -> None:
        """Start nothing yet."""
        self.connections: dict[str, Connection] = {}
        self._servers = sorted(servers, key=lambda server: server.name)
        self._connect = connect
        self._clock = clock
        self._tell: Callable[[SourceState], None] = _tell_nobody
        self._starting: list[asyncio.Task[list[Tool]]] = []

    def begin(self, tell: Callable[[SourceState], None]) -> None:
        """See `ToolSource.begin`."""
        self._tell = tell
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

    async def _start(self, server: McpServer) -> list[Tool]:
        self._tell(SourceState(name=server.name, status="starting"))
        try:
            connection = self.connections[server.name] = await self._connect(server)
            facts = await connection.tools()
        except McpServerError as error:
            self._tell(SourceState(name=server.name, status="failed", error=str(error)))
            if server.required:
                message = f"the required MCP server {server.name} is not there: {error}"
                raise ToolSourceError(message) from error
            return []
        self._tell(SourceState(name=server.name, status="ready"))
        return [McpTool(server, fact, connection, self._clock) for fact in facts]


def _tell_nobody(_state: SourceState) -> None:
    """Nobody listens before `begin`."""
