"""The server over streamable HTTP at /mcp, for clients that have the token.

Pages of other sites are refused by Host and Origin (the SDK's check), programs of other users by the token.
"""

from __future__ import annotations

import hmac
import socket
from typing import Any

import uvicorn
from mcp.server import Server
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


async def serve_http(server: Server[Any], bound: socket.socket, host: str, token: str) -> None:
    """Serve on `bound`, which listens on `host`, until a signal or the caller ends it."""
    app = _Guarded(server.streamable_http_app(host=host), token)
    config = uvicorn.Config(app, log_level="error", lifespan="on")
    await uvicorn.Server(config).serve(sockets=[bound])


class _Guarded:
    """Lets only requests with the token through."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = Request(scope).headers.get("authorization", "").encode(errors="replace")
            if not hmac.compare_digest(given, self._expected):
                answer = PlainTextResponse(
                    "send the token: Authorization: Bearer TOKEN\n", status_code=401
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
