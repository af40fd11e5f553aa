"""The server's way to sign in to MCP servers; the SDK is loaded when somebody does."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence

from journeyman.cli.errors import CommandError
from journeyman.cli.process import Process
from journeyman.config.load import Sources
from journeyman.protocol.jsonrpc import RpcError


class ProcessSignIn:
    """See `journeyman.server.ports.McpSignIn`."""

    def __init__(self, process: Process, sources: Sources) -> None:
        """Read the configuration anew for each sign-in."""
        self._process = process
        self._sources = sources

    async def sign_in(
        self, name: str, scopes: Sequence[str], seconds: int, *, show: Callable[[str], None]
    ) -> None:
        """See `McpSignIn.sign_in`."""
        # It takes half a second to load; the event loop goes on meanwhile.
        await asyncio.to_thread(importlib.import_module, "journeyman.cli.mcp_login")
        from journeyman.cli.mcp_login import Wish, sign_in_to

        try:
            wish = Wish(name=name, scopes=scopes, seconds=seconds)
            await sign_in_to(self._process, self._sources, wish, show)
        except CommandError as error:
            raise RpcError(str(error)) from error
