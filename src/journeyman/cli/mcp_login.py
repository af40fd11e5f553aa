"""`jm mcp login`: the way to one server, with a person to sign in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager

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

# Takes what accepts an address, and gives it addresses while the block lasts.
Pasted = Callable[[Callable[[str], bool]], AbstractContextManager[None]]
_MAX_LINE_BYTES = 16 << 10
_ELSEWHERE = (
    "From another machine, such as over SSH: sign in there, and paste here the address at 127.0.0.1 where the "
    "browser ends up, although it shows no page.\n"
)


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
        if is_tty(0) and not is_open:
            write_output(_ELSEWHERE.encode())

    pasted = _pasted_lines if is_tty(0) else None
    asyncio.run(sign_in_to(process, sources, wish, show, pasted=pasted))


@contextmanager
def _pasted_lines(take: Callable[[str], bool]) -> Generator[None]:
    """Give what is typed into the terminal to `take`, line by line, until it took one or the block ends."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # A terminal gives whole lines, and nothing once it is gone.
        line = os.read(0, _MAX_LINE_BYTES).decode(errors="replace")
        if not line or take(line):
            loop.remove_reader(0)
        elif line.strip():
            write_output(b"That is not the address of this sign-in; it goes on waiting.\n")

    loop.add_reader(0, read)
    try:
        yield
    finally:
        loop.remove_reader(0)


async def sign_in_to(
    process: Process,
    sources: Sources,
    wish: Wish,
    show: Callable[[str], None],
    *,
    pasted: Pasted | None = None,
) -> None:
    """Sign in as `wish` says, with the configuration of `sources`; `show` takes the address to open.

    `pasted` brings addresses where a browser on another machine ended up.

    Raises:
        CommandError: it did not come to that; the text says why and what to do.
    """
    try:
        server = _server(sources, process, wish.name)
        if wish.scopes:
            server = msgspec.structs.replace(server, scopes=tuple(wish.scopes))
        if server.url is None or server.headers or server.missing_variable:
            reason = (
                "it has its token in the configuration"
                if server.url
                else "it is started as a program"
            )
            raise CommandError(
                f"there is nothing to sign in to, in mcp_servers.{wish.name}: {reason}"
            )
        patient = msgspec.structs.replace(server, startup_seconds=float(wish.seconds))
        await _sign_in(process, patient, show, pasted or _nothing_pasted)
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


@contextmanager
def _nothing_pasted(_take: Callable[[str], bool]) -> Generator[None]:
    yield


async def _sign_in(
    process: Process, server: McpServer, show: Callable[[str], None], pasted: Pasted
) -> None:
    url = server.url or ""
    kept = McpSignIns(process.home)
    launcher = system_launcher(process.environment.get("PATH", ""))
    log = process.home / "log" / "mcp-login.log"
    async with open_loopback() as loopback:
        person = Person(url, loopback, show, server.scopes)
        auth = SignedIn(server.name, url, kept, person=person)
        connection = McpConnection(
            server,
            lambda wanted: open_transport(wanted, launcher, log, auth),
            __version__,
            complaints=lambda: "",
            fill_in=decline,
        )
        try:
            with pasted(loopback.bring):
                await connection.tools()
        finally:
            await connection.close()
    if auth.context.current_tokens is None:
        raise McpServerError("it asks nobody to sign in; it can be used as it is")
