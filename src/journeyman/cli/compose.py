"""Builds threads: from a choice of settings to a thread with its model, tools, sandbox and rollout.

The one place that names adapters. It is the server's ThreadFactory; what cannot be built is an `RpcError`.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from journeyman import __version__
from journeyman.cli.learning import LearningChooser
from journeyman.cli.mcp_servers import mcp_source
from journeyman.cli.model_clients import ModelClients
from journeyman.cli.process import Process
from journeyman.cli.rollout_check import RolloutCheck
from journeyman.cli.routes import connect_routed
from journeyman.cli.stores import rollout_store
from journeyman.cli.tapes import Tape
from journeyman.cli.thread_settings import Choice, Chooser
from journeyman.cli.toolset import build_tools
from journeyman.clock import Clock, rfc3339
from journeyman.config.errors import ConfigError
from journeyman.core.dynamic_tools import DynamicTools
from journeyman.core.exec_policy.rules import RulesError
from journeyman.core.hooks import ThreadHooks
from journeyman.core.permission_requests import grants_anything
from journeyman.core.spending import SpendingParts
from journeyman.core.thread import Thread
from journeyman.core.thread_parts import ThreadParts
from journeyman.core.turn_notice import Notify
from journeyman.core.user_questions import UserQuestions
from journeyman.protocol import threads
from journeyman.protocol.connection import (
    PROTOCOL_LEVEL,
    ClientInfo,
    InitializeResponse,
    ServerInfo,
)
from journeyman.protocol.dynamic_tools import DynamicToolSpec
from journeyman.protocol.ids import new_id
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import DangerFullAccess
from journeyman.protocol.usage import NOTHING_USED
from journeyman.sandbox.deny_read import agent_secrets
from journeyman.sandbox.launcher import system_launcher
from journeyman.sandbox.user_programs import ShellPrograms
from journeyman.store.adopt import path_to_resume
from journeyman.store.errors import StoreError, cannot
from journeyman.store.fork import copy_spans, spans_until
from journeyman.store.headers import thread_of
from journeyman.store.ledger import Ledger
from journeyman.store.lines import SessionMeta
from journeyman.store.repair import repair_history
from journeyman.store.replay import RecordedThread, read_rollout
from journeyman.store.rollout import Rollout
from journeyman.tools.builtin.request_permissions import RequestPermissionsTool
from journeyman.tools.mcp.source import McpSource
from journeyman.tools.registry import ToolRegistry
from journeyman.workspace.api import Checkpoints, NoCheckpoints
from journeyman.workspace.checkpoints.lazy import LazyCheckpoints
from journeyman.workspace.checkpoints.surroundings import Surroundings
from journeyman.workspace.repository import git_info
from journeyman.workspace.revisions import GitRevisions

# Set by published SDKs to say who drives.
_ORIGINATOR = "CODEX_INTERNAL_ORIGINATOR_OVERRIDE"
# The first request goes out first; the sandbox is set up while the model thinks.
_SECONDS_TO_WARM_UP = 0.1

ParamsT = TypeVar("ParamsT")
UserPresence = Literal["absent", "reachable", "present"]


class _Toolset(NamedTuple):
    """A thread's tools, those of them that the client brought and runs, and what the model asks its user."""

    registry: ToolRegistry
    dynamic: DynamicTools
    questions: UserQuestions


class Composer:
    """Builds the threads of one process."""

    def __init__(
        self,
        process: Process,
        chooser: Chooser,
        clock: Clock,
        *,
        source: str,
        tape: Tape | None = None,
        user: UserPresence = "reachable",
    ) -> None:
        """Keep threads in the process's home; `source` is what they say of where they come from.

        The model may ask a user who is present, one who is reachable where the configuration says so, and no other.

        `tape` records what is said to models and by them, or plays it again.
        """
        self.home = process.home
        self.store = rollout_store(process)
        self._chooser = chooser
        self.skill_roots = chooser.skill_roots
        self._clock = clock
        self._source = source
        self._user: UserPresence = user
        self._originator = process.environment.get(_ORIGINATOR)
        path = self._path = process.environment.get("PATH", "")
        self.launcher = system_launcher(path, deny_read=agent_secrets(str(process.home)))
        # Who asks nobody spends nothing.
        self._ledger = Ledger(self.home) if tape is None or tape.is_live else None
        self._clients = ModelClients(process, self._name_of_client, self.launcher, tape)
        self._choices = LearningChooser(chooser, self._clients, clock)
        self._surroundings = Surroundings(
            launcher=self.launcher, home=process.home, path=path, clock=clock
        )

    def introduce(self, client: ClientInfo) -> InitializeResponse:
        """Say who answers; the first client is from now on who the threads come from."""
        self._originator = self._originator or client.name
        program = f"journeyman {__version__}; {sys.platform}"
        return InitializeResponse(
            # Some clients read the protocol's level here, others their own name.
            user_agent=f"{client.name}/{PROTOCOL_LEVEL} ({program}) ({client.name}; {client.version})",
            codex_home=str(self.home),
            platform_family="unix",
            platform_os="macos" if sys.platform == "darwin" else sys.platform,
            server_info=ServerInfo(name="journeyman", version=PROTOCOL_LEVEL),
        )

    async def start(self, params: threads.ThreadStartParams) -> Thread:
        """See `ThreadFactory.start`."""
        return await _refusing(self._start, params)

    async def resume(self, params: threads.ThreadResumeParams) -> Thread:
        """See `ThreadFactory.resume`."""
        return await _refusing(self._resume, params)

    async def fork(self, params: threads.ThreadForkParams) -> Thread:
        """See `ThreadFactory.fork`."""
        return await _refusing(self._fork, params)

    async def close(self) -> None:
        """Close what the threads shared, and leave nothing of the sandbox on disk; after the threads."""
        await self._clients.close()
        self.launcher.close()

    def _name_of_client(self) -> str:
        return self._originator or f"journeyman_{self._source}"

    async def _start(self, params: threads.ThreadStartParams) -> Thread:
        choice = await self._choices.choose(params, None)
        meta = self._meta(choice, thread_source=params.thread_source)
        if params.dynamic_tools:
            brought = [msgspec.to_builtins(tool) for tool in params.dynamic_tools]
            meta = msgspec.structs.replace(meta, dynamic_tools=brought)
        tools = self._tools(choice, meta)
        with self._new_rollout(meta, ephemeral=bool(params.ephemeral)) as rollout:
            return self._thread(choice, rollout, self._header(meta, rollout), tools=tools)

    async def _resume(self, params: threads.ThreadResumeParams) -> Thread:
        given = Path(params.path) if params.path else None
        path = path_to_resume(self.store, params.thread_id, given)
        rollout = Rollout.open(path, self._clock)
        try:
            check = RolloutCheck(path)
            recorded = read_rollout(
                path, find=self.store.base_of, with_turns=not params.exclude_turns
            )
            choice = _warned(await self._choices.choose(params, recorded), check)
            header = msgspec.structs.replace(
                self.store.dressed(thread_of(recorded)), turns=recorded.turns
            )
            tools = self._tools(choice, recorded.meta)
            return self._thread(choice, rollout, header, recorded, tools=tools)
        except BaseException:
            rollout.close()
            raise

    async def _fork(self, params: threads.ThreadForkParams) -> Thread:
        parent = Path(params.path) if params.path else self.store.path_of(params.thread_id)
        check = RolloutCheck(parent)
        find, last, before = self.store.base_of, params.last_turn_id, params.before_turn_id
        spans = spans_until(parent, last_turn_id=last, before_turn_id=before, find=find)
        recorded = read_rollout(
            parent,
            find=find,
            with_turns=not params.exclude_turns,
            spans=None if last is None and before is None else spans,
        )
        choice = _warned(await self._choices.choose(params, recorded), check)
        meta = msgspec.structs.replace(
            self._meta(choice, forked_from_id=recorded.meta.id),
            dynamic_tools=recorded.meta.dynamic_tools,
        )
        tools = self._tools(choice, meta)
        with self._new_rollout(meta, ephemeral=params.ephemeral) as rollout:
            copy_spans(spans, rollout)
            header = msgspec.structs.replace(
                self._header(meta, rollout), preview=recorded.preview, turns=recorded.turns
            )
            return self._thread(choice, rollout, header, recorded, tools=tools)

    def _tools(self, choice: Choice, meta: SessionMeta) -> _Toolset:
        specs = msgspec.convert(meta.dynamic_tools or [], list[DynamicToolSpec])
        dynamic = DynamicTools(specs)
        switches = choice.switches
        questions = UserQuestions(offered=self._may_ask(wanted=switches.request_user_input))
        asks = self._may_ask(wanted=switches.request_permissions) and grants_anything(
            choice.settings
        )
        registry = build_tools(
            self._clock,
            shell=choice.settings.shell,
            allow_login=choice.switches.allow_login_shell,
            profile=choice.profile,
            more=[
                *dynamic.tools,
                *questions.tools,
                *([RequestPermissionsTool()] if asks else []),
            ],
            mcp=self._mcp(choice),
        )
        return _Toolset(registry, dynamic, questions)

    def _may_ask(self, *, wanted: bool | None) -> bool:
        """Whether the model is offered a tool that asks its user; `wanted` is what the configuration says."""
        if wanted is None:
            return self._user == "present"
        return wanted and self._user != "absent"

    def _thread(
        self,
        choice: Choice,
        rollout: Rollout,
        header: threads.Thread,
        recorded: RecordedThread | None = None,
        *,
        tools: _Toolset,
    ) -> Thread:
        if not isinstance(choice.settings.sandbox, DangerFullAccess):
            self.launcher.warm_up(_SECONDS_TO_WARM_UP)
        parts = ThreadParts(
            settings=choice.settings,
            connect=lambda settings: connect_routed(self._clients, settings, choice),
            launcher=self.launcher,
            registry=tools.registry,
            dynamic_tools=tools.dynamic,
            user_questions=tools.questions,
            rollout=rollout,
            clock=self._clock,
            checkpoints=self._checkpoints(choice),
            revisions=GitRevisions(self.launcher, self._path),
            guidance=choice.guidance,
            hooks=ThreadHooks(
                hooks=choice.hooks,
                notify=Notify(command=choice.notify, client=self._name_of_client()),
                programs=ShellPrograms(),
                transcript_path=str(rollout.path) if rollout.path else None,
            ),
            header=msgspec.structs.replace(header, model=choice.settings.model.model),
            warnings=choice.warnings,
            rule_book=self._chooser.rule_book(),
            spending=SpendingParts(ledger=self._ledger, price_of=choice.price_of),
            wants_title=self._wants_title(choice, rollout),
        )
        if recorded is not None:
            parts = msgspec.structs.replace(
                parts,
                history=repair_history(recorded.history),
                model_before=recorded.model,
                usage=recorded.usage,
                ahead=recorded.ahead,
            )
        return Thread(parts)

    def _wants_title(self, choice: Choice, rollout: Rollout) -> bool:
        # A process that ends with its turn would only cut the question off.
        lives_on = rollout.path is not None and self._source != "exec"
        return lives_on and "title" in choice.routing.by_cause

    def _mcp(self, choice: Choice) -> McpSource | None:
        if not choice.mcp_servers:
            return None
        return mcp_source(choice.mcp_servers, self.launcher, self.home, self._clock)

    def _checkpoints(self, choice: Choice) -> Checkpoints:
        limits = choice.checkpoints
        if limits is None:
            return NoCheckpoints()
        return LazyCheckpoints(msgspec.structs.replace(self._surroundings, limits=limits))

    def _meta(
        self, choice: Choice, *, thread_source: str | None = None, forked_from_id: str | None = None
    ) -> SessionMeta:
        thread_id = new_id()
        git = git_info(choice.root) if choice.root else None
        return SessionMeta(
            id=thread_id,
            session_id=thread_id,
            timestamp=rfc3339(self._clock.now()),
            cwd=choice.settings.cwd,
            originator=self._name_of_client(),
            cli_version=__version__,
            source=self._source,
            thread_source=thread_source,
            model_provider=choice.provider.id,
            base_instructions={"text": choice.settings.instructions},
            history_mode="legacy",
            forked_from_id=forked_from_id,
            git=git
            and {
                "commit_hash": git.sha,
                "branch": git.branch,
                "repository_url": git.origin_url,
            },
        )

    @contextmanager
    def _new_rollout(self, meta: SessionMeta, *, ephemeral: bool) -> Generator[Rollout]:
        """A rollout for a thread to be built; where that fails nothing of it stays."""
        rollout = self._rollout(meta, ephemeral=ephemeral)
        try:
            yield rollout
        except BaseException:
            rollout.discard()
            raise

    def _rollout(self, meta: SessionMeta, *, ephemeral: bool) -> Rollout:
        if ephemeral:
            return Rollout.ephemeral(self._clock)
        try:
            # What is said to an agent is for its user's eyes alone.
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise cannot("create", self.home, error) from error
        return Rollout.create(self.home, meta, self._clock)

    def _header(self, meta: SessionMeta, rollout: Rollout) -> threads.Thread:
        now = int(self._clock.now())
        recorded = RecordedThread(
            path=rollout.path or Path(),
            meta=meta,
            history=[],
            turns=[],
            turn_context=None,
            usage=NOTHING_USED,
            name=None,
            preview="",
            updated_at=now,
        )
        return msgspec.structs.replace(
            thread_of(recorded),
            ephemeral=rollout.path is None,
            path=None if rollout.path is None else str(rollout.path),
        )


def _warned(choice: Choice, check: RolloutCheck) -> Choice:
    return msgspec.structs.replace(choice, warnings=(*choice.warnings, *check.warnings()))


async def _refusing(build: Callable[[ParamsT], Awaitable[Thread]], params: ParamsT) -> Thread:
    try:
        return await build(params)
    except (ConfigError, StoreError, RulesError) as error:
        raise RpcError(str(error)) from error
    except LookupError as error:
        raise RpcError(str(error.args[0])) from error
    except ValueError as error:
        # Two tools of one name, or recorded ones that this program does not understand.
        raise RpcError(f"dynamicTools: {error}") from error
