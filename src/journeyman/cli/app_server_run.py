"""One run of `jm app-server`: composes the services, listens, and ends without leaving a process behind."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from journeyman.cli import exec_inputs
from journeyman.cli.compose import Composer
from journeyman.cli.errors import CommandError
from journeyman.cli.process import Process, read_process
from journeyman.cli.services import build_services
from journeyman.cli.tapes import open_record, open_replay
from journeyman.cli.terminal import write_error
from journeyman.cli.thread_settings import Chooser
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.server.connection import Connection
from journeyman.server.services import Services

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TOKEN, _SOCKET = "app-server.token", "app-server.sock"


class ServerFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line."""

    listen: str
    token_file: str | None
    overrides: tuple[str, ...]
    config_profile: str | None
    directory: str | None
    add_dirs: tuple[str, ...]
    strict: bool
    trust_all_hooks: bool
    record: str | None
    replay: str | None


def serve(flags: ServerFlags) -> int:
    """Serve until the client is gone (stdio) or a signal says so; raises `CommandError`."""
    process = read_process()
    given = process.directory
    directory = exec_inputs.working_directory(given, flags.directory)
    process = msgspec.structs.replace(process, directory=directory)
    replay = open_replay(given, flags)
    sources = Sources(
        home=process.home,
        config_profile=flags.config_profile,
        overrides=(*(replay.overrides() if replay else ()), *flags.overrides),
        ignore_user_config=False,
        strict=flags.strict,
        trust_all_hooks=flags.trust_all_hooks,
    )
    chooser = Chooser(process, sources, exec_inputs.extra_roots(directory, flags.add_dirs))
    try:
        # Configuration that cannot be used is told now, not with the first thread.
        settings = load_settings(sources).settings
        tape = replay or open_record(given, flags, settings)
        composer = Composer(process, chooser, SystemClock(), source="vscode", tape=tape)
        services = build_services(process, sources, composer)
    except ConfigError as error:
        raise CommandError(str(error)) from error
    gc.enable()
    code = asyncio.run(_serve(flags, process, composer, services))
    if tape is not None:
        tape.tell_rest()
    return code


async def _serve(
    flags: ServerFlags, process: Process, composer: Composer, services: Services
) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    try:
        async with _listening(flags, process, services) as left:
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait([stop, left], return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
    finally:
        await services.manager.close()
        await composer.close()
    return 0


@asynccontextmanager
async def _listening(
    flags: ServerFlags, process: Process, services: Services
) -> AsyncGenerator[asyncio.Future[None]]:
    """Serve clients meanwhile; the future is done when the only client there will ever be has left."""
    address = urlsplit(flags.listen)
    if address.scheme == "stdio":
        async with _on_stdio(services) as left:
            yield left
    elif address.scheme in ("unix", "ws"):
        async with _on_socket(flags, process, services):
            yield asyncio.get_running_loop().create_future()
    else:
        fix = "stdio://, unix://PATH or ws://HOST:PORT"
        raise CommandError(f"cannot listen there, in --listen {flags.listen}: use {fix}")


@asynccontextmanager
async def _on_stdio(services: Services) -> AsyncGenerator[asyncio.Future[None]]:
    from journeyman.server.transport.stdio import open_stdio

    serving = asyncio.create_task(Connection(await open_stdio(), services).serve())
    try:
        yield serving
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def _on_socket(
    flags: ServerFlags, process: Process, services: Services
) -> AsyncGenerator[None]:
    from journeyman.server.transport.gate import Gate
    from journeyman.server.transport.listen import Listener, ListenError
    from journeyman.server.transport.token import TokenError, make_token, read_token

    address = urlsplit(flags.listen)
    try:
        if address.scheme == "unix":
            named = flags.listen.removeprefix("unix://")
            path = process.directory / named if named else process.home / _SOCKET
            listener = Listener(services, Gate(host=None, token=None))
            await listener.listen_unix(path)
            write_error(f"listening on unix://{path}\n")
        else:
            host, port = _host_and_port(flags.listen)
            token_file = process.directory / (flags.token_file or process.home / _TOKEN)
            make_token(token_file)
            listener = Listener(services, Gate(host=host, token=read_token(token_file)))
            port = await listener.listen_tcp(host, port)
            shown = f"[{host}]" if ":" in host else host
            write_error(f"listening on ws://{shown}:{port} with the token in {token_file}\n")
    except (ListenError, TokenError) as error:
        raise CommandError(str(error)) from error
    try:
        yield
    finally:
        await listener.close()


def _host_and_port(listen: str) -> tuple[str, int]:
    address = urlsplit(listen)
    try:
        host, port = address.hostname, address.port
    except ValueError:
        host, port = None, None
    if not host or port is None:
        fix = "write ws://HOST:PORT, such as ws://127.0.0.1:8790"
        raise CommandError(f"no host and port, in --listen {listen}: {fix}")
    return host, port
