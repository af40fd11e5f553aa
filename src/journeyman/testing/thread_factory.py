"""Builds threads for tests: real core, real rollouts under a given home, the model and the tools as given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from journeyman.clock import Clock, rfc3339
from journeyman.core.dynamic_tools import DynamicTools
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.guidance import GuidanceSource, NoGuidance
from journeyman.core.hooks import ThreadHooks
from journeyman.core.settings import ThreadSettings
from journeyman.core.spending import SpendingParts
from journeyman.core.thread import Thread
from journeyman.core.thread_parts import ThreadParts
from journeyman.core.user_questions import UserQuestions
from journeyman.models.api import ModelClient, ModelSettings
from journeyman.protocol import threads
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.ids import new_id
from journeyman.protocol.permissions import WorkspaceWrite
from journeyman.protocol.usage import NOTHING_USED
from journeyman.sandbox.api import Launcher
from journeyman.store.adopt import path_to_resume
from journeyman.store.fork import copy_spans, spans_until
from journeyman.store.headers import thread_of
from journeyman.store.lines import SessionMeta
from journeyman.store.repair import repair_history
from journeyman.store.replay import RecordedThread
from journeyman.store.rollout import Rollout
from journeyman.store.threads import RolloutStore
from journeyman.tools.api import Tool
from journeyman.tools.registry import ToolRegistry
from journeyman.workspace.api import Checkpoints, NoCheckpoints

Params = threads.ThreadStartParams | threads.ThreadResumeParams | threads.ThreadForkParams


class ThreadKit(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that differ from test to test; `tools` makes a thread's tools, `adapt` changes its settings.

    With `asks_user` the model may ask its user; with `wants_title` it is asked for a title.
    """

    connect: Callable[[ThreadSettings], ModelClient]
    launcher: Launcher
    clock: Clock
    tools: Callable[[], Sequence[Tool]] = lambda: ()
    rules: Path | None = None
    checkpoints: Checkpoints = NoCheckpoints()
    guidance: GuidanceSource = NoGuidance()
    hooks: ThreadHooks = ThreadHooks()
    spending: SpendingParts = SpendingParts()
    asks_user: bool = False
    wants_title: bool = False
    adapt: Callable[[ThreadSettings], ThreadSettings] = lambda settings: settings


class PlainThreadFactory:
    """A `ThreadFactory` without any configuration: what the params do not say is fixed."""

    def __init__(self, home: Path, kit: ThreadKit) -> None:
        """Keep rollouts under `home`."""
        self.store = RolloutStore(home)
        self._kit = kit

    async def start(self, params: threads.ThreadStartParams) -> Thread:
        """See `ThreadFactory.start`."""
        meta = self._meta(params.cwd or "/work")
        if params.ephemeral:
            rollout = Rollout.ephemeral(self._kit.clock)
        else:
            rollout = Rollout.create(self.store.home, meta, self._kit.clock)
        return self._thread(params, meta, rollout, dynamic=DynamicTools(params.dynamic_tools or ()))

    async def resume(self, params: threads.ThreadResumeParams) -> Thread:
        """See `ThreadFactory.resume`."""
        path = path_to_resume(self.store, params.thread_id)
        rollout = Rollout.open(path, self._kit.clock)
        try:
            recorded = self.store.read(params.thread_id, with_turns=not params.exclude_turns)
        except Exception:
            rollout.close()
            raise
        return self._thread(params, recorded.meta, rollout, recorded)

    async def fork(self, params: threads.ThreadForkParams) -> Thread:
        """See `ThreadFactory.fork`."""
        source = self.store.path_of(params.thread_id)
        meta = self._meta(params.cwd or "/work", forked_from_id=params.thread_id)
        rollout = Rollout.create(self.store.home, meta, self._kit.clock)
        find, last, before = self.store.base_of, params.last_turn_id, params.before_turn_id
        copy_spans(
            spans_until(source, last_turn_id=last, before_turn_id=before, find=find), rollout
        )
        recorded = self.store.read(meta.id, with_turns=not params.exclude_turns)
        return self._thread(params, meta, rollout, recorded)

    def _meta(self, cwd: str, forked_from_id: str | None = None) -> SessionMeta:
        thread_id = new_id()
        return SessionMeta(
            id=thread_id,
            session_id=thread_id,
            timestamp=rfc3339(self._kit.clock.now()),
            cwd=cwd,
            originator="journeyman_test",
            cli_version="0.1.0",
            source="cli",
            thread_source="user",
            model_provider="test",
            history_mode="legacy",
            forked_from_id=forked_from_id,
        )

    def _thread(
        self,
        params: Params,
        meta: SessionMeta,
        rollout: Rollout,
        recorded: RecordedThread | None = None,
        *,
        dynamic: DynamicTools | None = None,
    ) -> Thread:
        dynamic = dynamic or DynamicTools(())
        questions = UserQuestions(offered=self._kit.asks_user)
        header = threads.Thread(
            id=meta.id,
            session_id=meta.id,
            cwd=meta.cwd,
            preview="",
            model_provider="test",
            created_at=int(self._kit.clock.now()),
            updated_at=int(self._kit.clock.now()),
            cli_version=meta.cli_version,
            source=meta.source,
            status=threads.Idle(),
            ephemeral=rollout.path is None,
            path=str(rollout.path) if rollout.path else None,
            forked_from_id=meta.forked_from_id,
        )
        history: list[HistoryItem] = repair_history(recorded.history) if recorded else []
        if recorded is not None:
            header = msgspec.structs.replace(
                thread_of(recorded), status=threads.Idle(), turns=recorded.turns
            )
        return Thread(
            ThreadParts(
                settings=self._settings(params, meta),
                connect=self._kit.connect,
                launcher=self._kit.launcher,
                registry=ToolRegistry([*self._kit.tools(), *dynamic.tools, *questions.tools]),
                user_questions=questions,
                dynamic_tools=dynamic,
                rollout=rollout,
                clock=self._kit.clock,
                checkpoints=self._kit.checkpoints,
                guidance=self._kit.guidance,
                hooks=self._kit.hooks,
                spending=self._kit.spending,
                header=header,
                history=history,
                model_before=recorded.model if recorded else None,
                usage=recorded.usage if recorded else NOTHING_USED,
                ahead=recorded.ahead if recorded else None,
                rule_book=RuleBook(self._kit.rules),
                wants_title=self._kit.wants_title,
            )
        )

    def _settings(self, params: Params, meta: SessionMeta) -> ThreadSettings:
        return self._kit.adapt(
            ThreadSettings(
                cwd=meta.cwd,
                provider="test",
                model=ModelSettings(model=params.model or "test-model"),
                instructions="Be brief.",
                sandbox=WorkspaceWrite(),
                approval_policy=params.approval_policy or "on-request",
                command_env={},
            )
        )
