"""`jm mcp login`: the way to one server, with a person to sign in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from journeyman import __version__
from journeyman.auth.errors import AuthError
from journeyman.auth.mcp_sign_ins import McpSignIns
from journeyman.cli.browser import has_browser, open_page
from journeyman.cli.errors import CommandError
from journeyman.cli.mcp_servers import mcp_servers
from journeyman.cli.process import Process, read_process
from journeyman.cli.terminal import is_tty, write_output
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.sandbox.launcher import system_launcher
from journeyman.tools.mcp.connection import McpConnection
from journeyman.tools.mcp.loopback import open_loopback
from journeyman.tools.mcp.servers import McpServer, McpServerError, decline
from journeyman.tools.mcp.sign_in import Person, SignedIn
from journeyman.tools.mcp.transports import open_transport


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which configured server to sign in to, for what, and how many seconds to wait for the browser.

    Without `scopes` those of the configuration are asked for, and without them what the server names.
    """

    name: str
    seconds: int
    scopes: Sequence[str] = ()


def sign_in(sources: Sources, wish: Wish, *, may_open: bool) -> None:
    """Sign in from the terminal, in the user's browser where it `may_open`; raises `CommandError`."""
    process = read_process()
    opens = may_open and has_browser(process.environment, on_terminal=is_tty(1))

    def show(address: str) -> None:
        is_open = opens and open_page(address, process.environment)
        how = (
            "Sign in on the page that was opened in your browser. If there is none, open it yourself"
            if is_open
            else "To sign in, open this page in a browser on this machine"
        )
        write_output(f"{how}:\n\n{address}\n\n".encode())

    asyncio.run(sign_in_to(process, sources, wish, show))


async def sign_in_to(
    process: Process, sources: Sources, wish: Wish, show: Callable[[str], None]
) -> None:
    """Sign in as `wish` says, with the configuration of `sources`; `show` takes the address to open.

    Raises:
        CommandError: it did not come to that; the text says why and what to do.
    """
    try:
        server = _server(sources, process, wish.name)
        if wish.scopes:
            server = msgspec.structs.replace(server, scopes=tuple(wish.scopes))
        if server.url is None or server.headers:
            reason = (
                "it has its token in the configuration"
                if server.url
                else "it is started as a program"
            )
            raise CommandError(
                f"there is nothing to sign in to, in mcp_servers.{wish.name}: {reason}"
            )
        await _sign_in(process, server, wish.seconds, show)
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    except McpServerError as error:
        raise CommandError(f"the MCP server {wish.name}: {error}") from error


def _server(sources: Sources, process: Process, name: str) -> McpServer:
    settings = load_settings(sources).settings
    if name not in settings.mcp_servers:
        known = ", ".join(sorted(settings.mcp_servers)) or "none"
        raise CommandError(
            f"No MCP server named '{name}' found, in the configuration: there are {known}"
        )
    table = msgspec.structs.replace(settings.mcp_servers[name], enabled=True)
    alone = msgspec.structs.replace(settings, mcp_servers={name: table})
    [server] = mcp_servers(alone, process.environment, {}, process.directory)
    return server


async def _sign_in(
    process: Process, server: McpServer, seconds: int, show: Callable[[str], None]
) -> None:
    url = server.url or ""
    kept = McpSignIns(process.home)
    launcher = system_launcher(process.environment.get("PATH", ""))
    patient = msgspec.structs.replace(server, startup_seconds=float(seconds))
    log = process.home / "log" / "mcp-login.log"
    async with open_loopback() as loopback:
        person = Person(url, loopback, show, server.scopes)
        auth = SignedIn(server.name, url, kept, person=person)
        connection = McpConnection(
            patient,
            lambda wanted: open_transport(wanted, launcher, log, auth),
            __version__,
            complaints=lambda: "",
            fill_in=decline,
        )
        try:
            await connection.tools()
        finally:
            await connection.close()
    if auth.context.current_tokens is None:
        raise McpServerError("it asks nobody to sign in; it can be used as it is")
