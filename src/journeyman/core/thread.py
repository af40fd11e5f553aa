"""A thread: a history that outlives turns and processes, with at most one active turn.

Starting a turn while one runs adds to the running one. Whoever listens hears every notification in order;
whoever can answer is asked for approvals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from journeyman.clock import Clock
from journeyman.core.approvals import Answer, Approvals, Question
from journeyman.core.context import InputError, preview_of, user_message
from journeyman.core.dispatch import Dispatch
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.guidance import GuidanceSource, NoGuidance
from journeyman.core.hooks import HookEvents, ThreadHooks
from journeyman.core.journal import Journal
from journeyman.core.network_approvals import NetworkApprovals
from journeyman.core.settings import ThreadSettings
from journeyman.core.turn import TurnLoop, TurnParts, Work
from journeyman.core.turn_diff import TurnDiff
from journeyman.core.turn_hooks import TurnHooks
from journeyman.core.usage_meter import UsageMeter
from journeyman.models.api import ModelClient
from journeyman.protocol import events, threads
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import sandbox_mode
from journeyman.protocol.turns import Turn, TurnStartParams
from journeyman.protocol.usage import TokenUsage
from journeyman.sandbox.api import Launcher
from journeyman.store.errors import StoreError
from journeyman.store.rollout import Rollout
from journeyman.tools.registry import ToolRegistry
from journeyman.workspace.api import Checkpoints, NoCheckpoints


class Subscriber(Protocol):
    """Somebody who follows a thread."""

    def emit(self, notification: events.Notification) -> None:
        """Hear a fact; must not wait."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Answer a question; raises `RpcError` when this subscriber cannot."""
        ...


class ThreadParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a thread is made of; `connect` makes the client for the settings' model.

    `history`, `usage` and `turns` are what the rollout already holds.
    """

    settings: ThreadSettings
    connect: Callable[[ThreadSettings], ModelClient]
    launcher: Launcher
    registry: ToolRegistry
    rollout: Rollout
    clock: Clock
    header: threads.Thread
    checkpoints: Checkpoints = NoCheckpoints()
    history: Sequence[HistoryItem] = ()
    usage: TokenUsage = TokenUsage()
    warnings: Sequence[str] = ()
    guidance: GuidanceSource = NoGuidance()
    hooks: ThreadHooks = ThreadHooks()
    rule_book: RuleBook = msgspec.field(default_factory=RuleBook)


class Thread:
    """One loaded thread."""

    def __init__(self, parts: ThreadParts) -> None:
        """Load; the first turn connects to the model."""
        self.id = parts.header.id
        self.settings = parts.settings
        self._parts = parts
        self._header = parts.header
        self._subscribers: list[Subscriber] = []
        self._warnings = list(parts.warnings)
        self._client: ModelClient | None = None
        self._turn: TurnLoop | None = None
        self._task: asyncio.Task[Turn] | None = None
        self._diff = TurnDiff()
        self._journal = Journal(self.id, parts.rollout, self._tell, parts.clock)
        self._journal.history.extend(parts.history)
        events_of_hooks = HookEvents(parts.hooks, self._journal, lambda: self.settings)
        self._hooks = TurnHooks(events_of_hooks, resumed=bool(parts.history))
        self._meter = UsageMeter(self._journal, parts.usage)
        self._dispatch = Dispatch(
            self._journal,
            parts.registry,
            parts.launcher,
            (
                self._hooks,
                Approvals(self._journal, self._ask, parts.rule_book, self._hooks),
                NetworkApprovals(self._journal, self._ask),
            ),
            checkpoints=parts.checkpoints,
            on_files_changed=self._on_files_changed,
        )

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell this subscriber everything from now on."""
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Tell it nothing more; no error when it never subscribed."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    def header(self) -> threads.Thread:
        """The thread as lists show it, without turns."""
        status = threads.Active() if self._turn else threads.Idle()
        return msgspec.structs.replace(self._header, status=status)

    def set_name(self, name: str) -> None:
        """Show this name from now on; whoever gives it keeps it."""
        self._header = msgspec.structs.replace(self._header, name=name)

    def tell_unloaded(self) -> None:
        """The last word of a closed thread."""
        self._tell(
            events.ThreadStatusChangedNotification(thread_id=self.id, status=threads.NotLoaded())
        )

    def response(self) -> threads.ThreadStartResponse:
        """The thread with the settings it runs with."""
        settings = self.settings
        return threads.ThreadStartResponse(
            thread=self.header(),
            cwd=settings.cwd,
            model=settings.model.model,
            model_provider=settings.provider,
            approval_policy=settings.approval_policy,
            approvals_reviewer=settings.approvals_reviewer,
            sandbox=settings.sandbox,
            reasoning_effort=settings.model.reasoning_effort,
        )

    async def start_turn(self, params: TurnStartParams) -> Turn:
        """Begin a turn, or add the input to the running one; returns it in progress.

        Raises:
            RpcError: the input is empty or cannot be read.
        """
        _check_input(params.input)
        if self._turn:
            self._turn.add_input(params.input)
            return self._turn.snapshot()
        self._change_settings(params)
        if not self._header.preview:
            self._header = msgspec.structs.replace(self._header, preview=preview_of(params.input))
        turn = TurnLoop(new_id(), self._turn_parts())
        turn.add_input(params.input)
        return self._launch(turn)

    async def compact(self) -> Turn:
        """Begin a turn that replaces the history by a summary; returns it in progress.

        Raises:
            RpcError: a turn runs, or there is nothing to compact.
        """
        if self._turn:
            message = "cannot compact while a turn runs: interrupt it or wait for its end"
            raise RpcError(message)
        if not self._journal.history:
            message = "there is nothing to compact yet"
            raise RpcError(message)
        self._refresh_guidance()
        turn = TurnLoop(new_id(), self._turn_parts())
        return self._launch(turn, turn.compact)

    async def steer(self, expected_turn_id: str, user_input: Sequence[UserInput]) -> str:
        """Add input to the running turn and return its id; raises `RpcError` when it is another one."""
        turn = self._expect_turn(expected_turn_id, "steer")
        _check_input(user_input)
        turn.add_input(user_input)
        return turn.id

    async def interrupt(self, turn_id: str) -> None:
        """Stop the running turn; raises `RpcError` when it is another one, or none runs."""
        self._expect_turn(turn_id, "interrupt")
        self._cancel_turn()

    async def wait_idle(self) -> None:
        """Wait until no turn runs."""
        if self._task:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Interrupt what runs, end every process and give up the rollout; idempotent."""
        self._cancel_turn()
        await self.wait_idle()
        await self._hooks.end()
        await self._parts.registry.settle(kill=True)
        self._journal.settle_open_items()
        await self._parts.checkpoints.close()
        if self._client:
            await self._client.close()
            self._client = None
        self._parts.rollout.close()

    def _cancel_turn(self) -> None:
        # A second cancellation would break into the settling of the first.
        if self._task and not self._task.done() and not self._task.cancelling():
            self._task.cancel()

    def _launch(self, turn: TurnLoop, work: Work | None = None) -> Turn:
        self._turn = turn
        try:
            self._begin(turn)
        except StoreError as error:
            self._turn = None
            raise RpcError(str(error)) from error
        self._task = asyncio.create_task(turn.run(self._on_settled, work))
        return turn.snapshot()

    def _begin(self, turn: TurnLoop) -> None:
        journal = self._journal
        journal.turn_id = turn.id
        self._diff = TurnDiff()
        settings = self.settings
        journal.record_event("task_started", turn_id=turn.id)
        journal.record(
            "turn_context",
            {
                "turn_id": turn.id,
                "cwd": settings.cwd,
                "approval_policy": msgspec.to_builtins(settings.approval_policy),
                "sandbox_policy": {"type": sandbox_mode(settings.sandbox)},
                "model": settings.model.model,
                "effort": settings.model.reasoning_effort,
            },
        )
        self._tell(
            events.ThreadStatusChangedNotification(thread_id=self.id, status=threads.Active())
        )
        self._tell(events.TurnStartedNotification(thread_id=self.id, turn=turn.snapshot()))
        for warning in self._warnings:
            journal.warn(warning)
        self._warnings.clear()

    def _turn_parts(self) -> TurnParts:
        if self._client is None:
            self._client = self._parts.connect(self.settings)
        return TurnParts(
            journal=self._journal,
            model=self._client,
            registry=self._parts.registry,
            dispatch=self._dispatch,
            settings=self.settings,
            meter=self._meter,
            hooks=self._hooks,
        )

    def _on_settled(self) -> None:
        self._turn = None
        now = int(self._parts.clock.now())
        self._header = msgspec.structs.replace(self._header, updated_at=now)
        self._tell(events.ThreadStatusChangedNotification(thread_id=self.id, status=threads.Idle()))

    def _on_files_changed(self, changes: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        self._diff.add(changes)
        self._tell(
            events.TurnDiffUpdatedNotification(
                thread_id=self.id,
                turn_id=self._journal.turn_id,
                diff=self._diff.text(self.settings.cwd),
            )
        )

    def _change_settings(self, params: TurnStartParams) -> None:
        old = self.settings
        model = msgspec.structs.replace(
            old.model,
            model=params.model or old.model.model,
            reasoning_effort=params.effort or old.model.reasoning_effort,
            reasoning_summary=params.summary or old.model.reasoning_summary,
            output_schema=params.output_schema,
        )
        self.settings = msgspec.structs.replace(
            old,
            model=model,
            cwd=params.cwd or old.cwd,
            approval_policy=params.approval_policy or old.approval_policy,
            approvals_reviewer=params.approvals_reviewer or old.approvals_reviewer,
            sandbox=params.sandbox_policy or old.sandbox,
        )
        self._refresh_guidance()

    def _refresh_guidance(self) -> None:
        guidance = self._parts.guidance.read(self.settings.cwd)
        told = self.settings.guidance.warnings
        self._warnings += [warning for warning in guidance.warnings if warning not in told]
        self.settings = msgspec.structs.replace(self.settings, guidance=guidance)

    def _expect_turn(self, turn_id: str, verb: str) -> TurnLoop:
        if self._turn is None:
            message = f"no active turn to {verb}"
            raise RpcError(message)
        if self._turn.id != turn_id:
            message = f"expected active turn id `{turn_id}` but found `{self._turn.id}`"
            raise RpcError(message)
        return self._turn

    def _tell(self, notification: events.Notification) -> None:
        for subscriber in list(self._subscribers):
            subscriber.emit(notification)

    async def _ask(self, question: Question) -> Answer | None:
        if self.settings.approvals_reviewer != "user":
            self._journal.warn("There is no automatic reviewer here; the request was declined.")
            return None
        for subscriber in list(self._subscribers):
            with suppress(RpcError):
                return await subscriber.ask(question)
        return None


def _check_input(user_input: Sequence[UserInput]) -> None:
    if not user_input:
        message = "the input is empty"
        raise RpcError(message)
    try:
        user_message(user_input)
    except InputError as error:
        raise RpcError(str(error)) from error
