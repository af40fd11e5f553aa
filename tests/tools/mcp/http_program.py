"""An MCP server over HTTP, by the official SDK; demands a bearer token."""

import sys

import uvicorn
from mcp.server import MCPServer
from mcp_types import ToolAnnotations
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

server = MCPServer("web")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def echo(text: str) -> str:
    """Say it again."""
    return f"echo: {text}"


class Guarded:
    """Lets in who has the token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: Response = PlainTextResponse("no", status_code=401)
        is_http = scope["type"] == "http"
        if is_http and Request(scope).headers.get("authorization") != "Bearer the-token":
            await refused(scope, receive, send)
            return
        await self.app(scope, receive, send)


uvicorn.run(Guarded(server.streamable_http_app()), host="127.0.0.1", port=int(sys.argv[1]))
