"""One run of `jm mcp-server`: joins the MCP server to a server of the protocol in this process."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from mcp.server import Server

from journeyman import __version__
from journeyman.cli import exec_inputs
from journeyman.cli.compose import Composer
from journeyman.cli.errors import CommandError
from journeyman.cli.local_server import local_client
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.cli.tapes import open_record, open_replay
from journeyman.cli.terminal import write_error
from journeyman.cli.thread_settings import Chooser
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.mcp_server.agents import Agents
from journeyman.mcp_server.http import serve_http
from journeyman.mcp_server.server import build_server, serve_stdio
from journeyman.protocol.connection import ClientInfo
from journeyman.server.transport.token import TokenError, make_token, read_token

_CLIENT = ClientInfo(name="journeyman_mcp_server", title="Journeyman", version=__version__)
_TOKEN = "app-server.token"  # noqa: S105 -- the name of a file


def serve(shared: SharedFlags, listen: str) -> int:
    """Serve until the client is gone (stdio) or a signal says so; raises `CommandError`."""
    process = read_process()
    given = process.directory
    directory = exec_inputs.working_directory(given, shared.cd)
    process = msgspec.structs.replace(process, directory=directory)
    overrides = [*shared.overrides]
    overrides += [f"model={shared.model}"] if shared.model else []
    sandbox = "danger-full-access" if shared.bypass else shared.sandbox
    overrides += [f"sandbox_mode={sandbox}"] if sandbox else []
    replay = open_replay(given, shared)
    sources = Sources(
        home=process.home,
        config_profile=shared.config_profile,
        overrides=(*(replay.overrides() if replay else ()), *overrides),
        strict=shared.strict_config,
    )
    try:
        # Configuration that cannot be used is told now, not with the first call.
        settings = load_settings(sources).settings
        roots = exec_inputs.extra_roots(directory, shared.add_dirs)
        tape = replay or open_record(given, shared, settings)
        chooser = Chooser(process, sources, roots)
        composer = Composer(process, chooser, SystemClock(), source="mcp", tape=tape, user="absent")
        gc.enable()
        code = asyncio.run(_serve(process, composer, listen))
    except ConfigError as error:
        raise CommandError(str(error)) from error
    if tape is not None:
        tape.tell_rest()
    return code


async def _serve(process: Process, composer: Composer, listen: str) -> int:
    agents = Agents()
    server = build_server(agents, __version__)
    serving: asyncio.Task[None] | None = None
    async with local_client(composer, _CLIENT, agents.answer) as client, agents.serving(client):
        serving = asyncio.create_task(_listen(server, process, listen))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, serving.cancel)
        with suppress(asyncio.CancelledError):
            await serving
    return 0


async def _listen(server: Server[Any], process: Process, listen: str) -> None:
    address = urlsplit(listen)
    if address.scheme == "stdio":
        await serve_stdio(server)
        return
    try:
        host, port = address.hostname, address.port
    except ValueError:
        host, port = None, None
    if address.scheme != "http" or not host or port is None:
        fix = "use stdio:// or http://HOST:PORT, such as http://127.0.0.1:8791"
        raise CommandError(f"cannot listen there, in --listen {listen}: {fix}")
    token_file = process.home / _TOKEN
    try:
        make_token(token_file)
        token = read_token(token_file)
        bound = socket.create_server((host, port))
    except TokenError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        message = f"cannot listen, in --listen {listen}: {error.strerror}: choose another address"
        raise CommandError(message) from error
    with bound:
        shown = f"http://{address.netloc.rpartition(':')[0]}:{bound.getsockname()[1]}/mcp"
        write_error(f"listening on {shown} with the token in {token_file}\n")
        await serve_http(server, bound, host, token)
