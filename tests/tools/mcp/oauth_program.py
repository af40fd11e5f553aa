"""An MCP server over HTTP that wants a sign-in, and the authorization server it names; of the SDK and Starlette.

`oauth_program.py PORT [AUTHORIZE]`: AUTHORIZE takes the place of the address where a person signs in. Tokens
live for as long as the file that is the third argument says, in seconds; what was asked for them is told on
standard error, a line of JSON each.
"""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp_types import ToolAnnotations
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

PORT, AUTHORIZE, LIFE = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
HERE = f"http://127.0.0.1:{PORT}"
server = MCPServer("web")
given: list[str] = []


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def echo(text: str) -> str:
    """Say it again."""
    return f"echo: {text}"


class Guarded:
    """Lets in who has the newest token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/mcp":
            sent = Request(scope).headers.get("authorization")
            if not given or sent != f"Bearer {given[-1]}":
                about = f'Bearer resource_metadata="{HERE}/.well-known/oauth-protected-resource"'
                refused = Response(status_code=401, headers={"WWW-Authenticate": about})
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def resource(_request: Request) -> Response:
    return JSONResponse({"resource": f"{HERE}/mcp", "authorization_servers": [HERE]})


async def metadata(_request: Request) -> Response:
    return JSONResponse(
        {
            "issuer": HERE,
            "authorization_endpoint": AUTHORIZE or f"{HERE}/authorize",
            "token_endpoint": f"{HERE}/token",
            "registration_endpoint": f"{HERE}/register",
            "code_challenge_methods_supported": ["S256"],
        }
    )


async def register(request: Request) -> Response:
    return JSONResponse({**await request.json(), "client_id": "us"}, status_code=201)


async def token(request: Request) -> Response:
    return answer(dict(await request.form()))


def answer(form: dict[str, Any]) -> Response:
    sys.stderr.write(json.dumps({"asked": form}) + "\n")
    sys.stderr.flush()
    if form.get("code", "right") != "right" or form.get("refresh_token", "again") != "again":
        return JSONResponse({"error": "invalid_grant"}, status_code=400)
    given.append(f"given-{len(given)}")
    return JSONResponse(
        {
            "access_token": given[-1],
            "token_type": "Bearer",
            "expires_in": int(LIFE.read_text()),
            "refresh_token": "again",
        }
    )


@asynccontextmanager
async def life(_: Starlette) -> AsyncGenerator[None]:
    async with mcp_app.router.lifespan_context(mcp_app):
        yield


mcp_app = server.streamable_http_app()
app = Starlette(
    routes=[
        Route("/.well-known/oauth-protected-resource", resource),
        Route("/.well-known/oauth-authorization-server", metadata),
        Route("/register", register, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
        Mount("/", mcp_app),
    ],
    lifespan=life,
)
uvicorn.run(Guarded(app), host="127.0.0.1", port=PORT)
