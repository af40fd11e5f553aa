"""How a server is reached: a program over its pipes, or an address over HTTP; both as the SDK's streams.

A program is started by our launcher, which ends its whole tree, also when the agent is killed.
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from journeyman.sandbox.api import Command, Launcher, Process
from journeyman.sandbox.policy import UNCONFINED
from journeyman.tools.mcp.servers import McpServer
from journeyman.tools.mcp.sign_in import only_safe_addresses, refusal_names_sign_in

# A line without an end would fill the memory.
_MAX_LINE_CHARS = 64 << 20
_SECONDS_TO_LEAVE = 2.0
_COMPLAINT_BYTES = 2000
_HTTP_SECONDS, _HTTP_READ_SECONDS = 30.0, 300.0


def open_transport(
    server: McpServer, launcher: Launcher, log: Path, auth: httpx2.Auth | None = None
) -> AbstractAsyncContextManager[TransportStreams]:
    """The streams to a server; what a program writes to its standard error goes to the file `log`.

    `auth` is the user's sign-in at a server with an address.
    """
    if server.url is not None:
        return _http(server, server.url, auth)
    return _program(server, launcher, log)


def last_complaint(log: Path) -> str:
    """The last line that a program wrote to its standard error; empty where it wrote none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _COMPLAINT_BYTES))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@asynccontextmanager
async def _http(
    server: McpServer, url: str, auth: httpx2.Auth | None
) -> AsyncGenerator[TransportStreams]:
    timeout = httpx2.Timeout(_HTTP_SECONDS, read=_HTTP_READ_SECONDS)
    # Whom a server names for signing in, it could name anything.
    hooks: dict[str, list[Any]] = {}
    if auth is not None:
        hooks["request"] = [only_safe_addresses(url)]
    elif not any(name.lower() == "authorization" for name in server.headers):
        hooks["response"] = [refusal_names_sign_in(server.name)]
    async with (
        httpx2.AsyncClient(
            headers=dict(server.headers), timeout=timeout, auth=auth, event_hooks=hooks
        ) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


@asynccontextmanager
async def _program(
    server: McpServer, launcher: Launcher, log: Path
) -> AsyncGenerator[TransportStreams]:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = ("/bin/sh", "-c", 'log=$1; shift; exec "$@" 2>"$log"', "sh", str(log), *server.argv)
    command = Command(argv=words, cwd=server.cwd, env=server.env, stdin=True)
    process = await launcher.launch(command, UNCONFINED)
    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [
        asyncio.create_task(_read(process, incoming)),
        asyncio.create_task(_write(process, outgoing)),
    ]
    try:
        yield received, sent
    finally:
        for stream in (received, sent):
            stream.close()
        await _end(process)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (incoming, outgoing):
            stream.close()


async def _read(
    process: Process, incoming: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    partial = ""
    with incoming, suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        while data := await process.read():
            *lines, partial = (partial + decoder.decode(data)).split("\n")
            for line in lines:
                if line.strip():
                    await incoming.send(_message(line))
            if len(partial) > _MAX_LINE_CHARS:
                return


async def _write(process: Process, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
    with outgoing, suppress(BrokenPipeError):
        async for message in outgoing:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            await process.write(text.encode() + b"\n")


def _message(line: str) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _end(process: Process) -> None:
    """The end of its input asks a server to leave; one that stays is killed with its tree."""
    with suppress(BrokenPipeError):
        await process.close_stdin()
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS_TO_LEAVE):
            await process.wait()
    await process.kill()
