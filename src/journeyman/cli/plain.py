"""Bare `jm`, `jm resume` and `jm fork`: joins the line-mode face to a server in this process.

Every failure leaves as a `CommandError`, that is one line and exit code 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Literal

import msgspec

from journeyman import __version__
from journeyman.cli import exec_inputs, terminal
from journeyman.cli.compose import Composer
from journeyman.cli.errors import CommandError
from journeyman.cli.local_server import local_client
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.cli.tapes import Tape, open_record, open_replay
from journeyman.cli.thread_names import find_thread
from journeyman.cli.thread_settings import Chooser
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.plain.commands import TABLE
from journeyman.plain.face import PlainFace
from journeyman.plain.inbox import Inbox
from journeyman.plain.talk import Look, Opening, Talk
from journeyman.plain.terminal_console import TerminalConsole
from journeyman.protocol import threads
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.items import UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import ApprovalPolicy
from journeyman.store.errors import StoreError
from journeyman.transcript.style import Style

_CLIENT = ClientInfo(name="journeyman_plain", title="Journeyman", version=__version__)
_HISTORY = "history"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What to talk with: a new thread, or a recorded one by id or name; None means the newest."""

    action: Literal["start", "resume", "fork"] = "start"
    thread: str | None = None
    all_directories: bool = False
    prompt: str | None = None
    approval_policy: ApprovalPolicy | None = None


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    """A talk that was checked and can begin."""

    opening: Opening
    first: list[UserInput]
    composer: Composer
    process: Process
    tape: Tape | None


def execute(shared: SharedFlags, wish: Wish) -> int:
    """Talk until the user leaves, and return the exit code.

    Raises:
        CommandError: there is no terminal, or the thread cannot be opened.
    """
    if not (terminal.is_tty(0) and terminal.is_tty(1)):
        raise CommandError(
            "this needs a terminal, on stdin and stdout: jm exec runs a prompt without one"
        )
    try:
        job = _prepare(read_process(), shared, wish)
        code = asyncio.run(_run(job))
    except (ConfigError, RpcError, StoreError) as error:
        raise CommandError(str(error)) from error
    if job.tape is not None:
        job.tape.tell_rest()
    return code


def _prepare(process: Process, shared: SharedFlags, wish: Wish) -> _Job:
    directory = exec_inputs.working_directory(process.directory, shared.cd)
    replay = open_replay(process.directory, shared)
    sources = Sources(
        home=process.home,
        config_profile=shared.config_profile,
        overrides=(*(replay.overrides() if replay else ()), *shared.overrides),
        strict=shared.strict_config,
    )
    if shared.wants_local_model:
        from journeyman.cli.local_models import use_local_model

        shared = use_local_model(shared, sources)
    roots = exec_inputs.extra_roots(process.directory, shared.add_dirs)
    tape = replay or open_record(process.directory, shared, load_settings(sources).settings)
    chooser = Chooser(process, sources, roots)
    composer = Composer(process, chooser, SystemClock(), source="cli", tape=tape, user="present")
    images = shared.image_paths()
    first: list[UserInput] = []
    if wish.prompt or images:
        first = exec_inputs.user_input(process.directory, wish.prompt or "", images)
    opening = _opening(composer, str(directory), shared, wish)
    return _Job(opening=opening, first=first, composer=composer, process=process, tape=tape)


def _opening(composer: Composer, directory: str, shared: SharedFlags, wish: Wish) -> Opening:
    sandbox = "danger-full-access" if shared.bypass else shared.sandbox
    approval = "never" if shared.bypass else wish.approval_policy
    if wish.action == "start":
        return threads.ThreadStartParams(
            cwd=directory, model=shared.model, approval_policy=approval, sandbox=sandbox
        )
    cwd = None if wish.all_directories else directory
    kind = threads.ThreadResumeParams if wish.action == "resume" else threads.ThreadForkParams
    return kind(
        thread_id=find_thread(composer.store, wish.thread, cwd=cwd),
        cwd=directory if shared.cd else None,
        model=shared.model,
        approval_policy=approval,
        sandbox=sandbox,
    )


async def _run(job: _Job) -> int:
    colour = terminal.wants_colour("auto", job.process.environment, is_tty=True)
    console = TerminalConsole(job.process.home / _HISTORY, [f"/{name}" for name in TABLE])
    inbox = Inbox()
    async with local_client(job.composer, _CLIENT, inbox.ask) as client:
        look = Look(
            style=Style(colour), version=__version__, write=console.write, clock=SystemClock()
        )
        face = PlainFace(Talk(client, look), console, inbox)
        running = asyncio.create_task(face.run(job.opening, job.first))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            return await running
        return 128 + signal.SIGTERM
