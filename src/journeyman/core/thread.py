"""A thread: a history that outlives turns and processes, with at most one active turn.

Starting a turn while one runs adds to the running one. Whoever listens hears every notification in order;
whoever can answer is asked for approvals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from journeyman.core.ahead import Ahead
from journeyman.core.audience import Audience
from journeyman.core.auto_review import Reviewer
from journeyman.core.deadline import Deadline
from journeyman.core.dispatch import Dispatch
from journeyman.core.guards import guards_of
from journeyman.core.hooks import HookEvents
from journeyman.core.journal import Journal
from journeyman.core.live_settings import LiveSettings
from journeyman.core.mcp_servers import ThreadMcp
from journeyman.core.questions import Answer, Question, Questions
from journeyman.core.review import Review, find_question
from journeyman.core.rewind import take_back
from journeyman.core.settings import ThreadSettings
from journeyman.core.settings_change import opened, record_start
from journeyman.core.spending import Spending
from journeyman.core.thread_header import ThreadHeader
from journeyman.core.thread_parts import ThreadParts
from journeyman.core.titles import Titles
from journeyman.core.turn import TurnLoop, TurnParts, Work
from journeyman.core.turn_diff import TurnDiff
from journeyman.core.turn_hooks import TurnHooks
from journeyman.core.turn_input import (
    Injected,
    Reported,
    TurnInput,
    UserSaid,
    check_said,
    inject,
    preview_of_inputs,
)
from journeyman.core.usage_meter import UsageMeter
from journeyman.core.user_shell import user_command_work
from journeyman.models.api import ModelClient
from journeyman.protocol import events, threads
from journeyman.protocol.code_review import ReviewTarget
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.turns import SettingsChange, Turn, TurnStartParams
from journeyman.protocol.usage import ThreadTokenUsage
from journeyman.store.errors import StoreError


class Thread:
    """One loaded thread."""

    def __init__(self, parts: ThreadParts) -> None:
        """Load; the first turn connects to the model."""
        self.id = parts.header.id
        self.audience = Audience()
        self._settings = LiveSettings(self.id, parts.settings, parts.guidance, self.audience)
        self.commands = parts.registry.commands
        self.servers = parts.registry.servers
        self.checkpoints = parts.checkpoints
        self._parts = parts
        self._header = ThreadHeader(parts.header)
        self._warnings = parts.warnings
        self.when_settled: Callable[[Turn], None] = lambda _: None
        self._client: ModelClient | None = None
        self._turn: TurnLoop | None = None
        self._task: asyncio.Task[Turn] | None = None
        self._is_closing, self._diff = False, TurnDiff()
        self._journal = Journal(self.id, parts.rollout, self.audience.tell, parts.clock)
        self._journal.load(parts.history, parts.model_before)
        events_of_hooks = HookEvents(parts.hooks, self._journal, lambda: self.settings)
        self._hooks = TurnHooks(events_of_hooks, resumed=bool(parts.history))
        parts.dynamic_tools.bind(self._journal, self.audience.ask)
        parts.user_questions.bind(self._journal, self.audience.ask)
        self.ahead = Ahead(
            self._journal,
            parts.registry,
            self.audience.tell,
            recorded=parts.ahead,
            add_input=lambda given: self._turn and self._turn.add_input(given),
            running_turn=lambda: self._turn.id if self._turn else None,
        )
        self._meter = UsageMeter(self._journal, parts.usage, self.ahead.count)
        self.spending = Spending(self._journal, parts.settings, parts.spending)
        self.titles = Titles(self._journal, self._header, self._model, wanted=parts.wants_title)
        self._deadline = Deadline(parts.clock, self.spending, self.ahead.goals)
        reviewer = Reviewer(self._journal, self._model, self._meter, self._cancel_turn)
        questions = Questions(self._journal, self._ask, reviewer)
        mcp = ThreadMcp(questions, self._journal, lambda: self.settings)
        guards = guards_of(self._journal, questions, parts.rule_book, hooks=self._hooks, mcp=mcp)
        self.grants = guards.grants
        self._dispatch = Dispatch(
            self._journal,
            parts.registry,
            parts.launcher,
            guards,
            checkpoints=self.checkpoints,
            on_files_changed=self._on_files_changed,
        )
        parts.registry.begin(mcp)

    @property
    def settings(self) -> ThreadSettings:
        """What the next turns run with."""
        return self._settings.now

    def header(self) -> threads.Thread:
        """The thread as lists show it, without turns."""
        return self._header.shown(is_running=self._turn is not None)

    @property
    def usage(self) -> ThreadTokenUsage:
        """The tokens used so far."""
        return self._meter.known

    def dress(self, dressed: Callable[[threads.Thread], threads.Thread]) -> None:
        """See `ThreadHeader.dress`."""
        self._header.dress(dressed)

    def response(self) -> threads.ThreadStartResponse:
        """The thread with the settings it runs with."""
        return opened(self.header(), self.settings)

    async def start_turn(self, params: TurnStartParams) -> Turn:
        """Begin a turn, or add the input to the running one; returns it in progress.

        Raises:
            RpcError: the input is empty or cannot be read.
        """
        inputs: list[TurnInput] = [Reported(params.tool_output)] if params.tool_output else []
        if params.input or not inputs:
            check_said(params.input)
            inputs.append(UserSaid(params.input, params.client_user_message_id))
        if self._turn is None:
            self._settings.start_with(params, params.output_schema)
        return self.take(inputs, params.turn_trigger)

    def take(self, inputs: Sequence[TurnInput], trigger: str | None = None) -> Turn:
        """Begin a turn with these inputs, or add them to the running one; raises `RpcError`."""
        if self._turn is not None:
            for given in inputs:
                self._turn.add_input(given)
            return self._turn.snapshot()
        self._header.begin_with(preview_of_inputs(inputs))
        turn = TurnLoop(new_id(), self._turn_parts())
        for given in inputs:
            turn.add_input(given)
        return self._launch(turn, trigger=trigger)

    def inject(self, items: Sequence[HistoryItem]) -> None:
        """Add items to what the model sees; those for a running turn come before its next request."""
        if self._turn is not None:
            self._turn.add_input(Injected(items))
            return
        inject(items, self._journal, self._settings.in_force)

    def change_settings(self, change: SettingsChange) -> None:
        """Run the next turns with these settings, and tell it; the running turn keeps its own."""
        self._settings.change(change)

    def change_turn(self, turn_id: str, change: SettingsChange) -> bool:
        """Let the running turn go on with these settings; whether it is the one that runs."""
        if self._turn is None or self._turn.id != turn_id:
            return False
        self._turn.use(self._settings.with_change(change))
        return True

    async def run_user_command(self, script: str, *, seconds: float | None) -> Turn:
        """Run a command of the user's in a turn of its own; raises `RpcError` while another turn runs."""
        self.expect_idle("run a command")
        work = user_command_work(
            script,
            journal=self._journal,
            launcher=self._parts.launcher,
            settings=self.settings,
            seconds=seconds,
        )
        return self._launch(TurnLoop(new_id(), self._turn_parts()), work)

    def revert(self, before_turn_id: str) -> None:
        """Take back this turn and all after it; raises `RpcError` while a turn runs, `StoreError` as `take_back`."""
        self.expect_idle("take turns back")
        recorded = take_back(self._parts.rollout, self._journal, self._meter, before_turn_id)
        self._header.go_back_to(recorded.preview)

    async def review(self, target: ReviewTarget) -> Turn:
        """Begin a turn that reviews a change; raises `RpcError` where there is no such branch, or a turn runs."""
        self.expect_idle("review")
        question = await find_question(target, self.settings.cwd, self._parts.revisions)
        self.expect_idle("review")
        self._settings.refresh_guidance()
        self._header.begin_with(question.hint)
        parts = self._turn_parts()
        return self._launch(TurnLoop(new_id(), parts), Review(parts, question).run)

    async def compact(self) -> Turn:
        """Begin a turn that replaces the history by a summary; raises `RpcError` where there is none, or a turn runs."""
        self.expect_idle("compact")
        if not self._journal.history:
            raise RpcError("there is nothing to compact yet")
        self._settings.refresh_guidance()
        turn = TurnLoop(new_id(), self._turn_parts())
        return self._launch(turn, turn.compact)

    async def steer(
        self,
        expected_turn_id: str,
        user_input: Sequence[UserInput],
        *,
        client_id: str | None = None,
    ) -> str:
        """Add input to the running turn and return its id; raises `RpcError` when it is another one."""
        turn = self._expect_turn(expected_turn_id, "steer")
        check_said(user_input)
        turn.add_input(UserSaid(user_input, client_id))
        return turn.id

    async def interrupt(self, turn_id: str) -> None:
        """Stop the running turn; raises `RpcError` when it is another one, or none runs."""
        self._expect_turn(turn_id, "interrupt")
        self._cancel_turn()

    def go_on(self) -> Turn | None:
        """Begin what is ahead, where no turn runs and there is something; raises `RpcError`."""
        ahead = None if self._turn or self._is_closing else self.ahead.next_input()
        return None if ahead is None else self.take([ahead[0]], ahead[1])

    async def wait_idle(self) -> None:
        """Wait until no turn runs, and none follows."""
        while self._task and not self._task.done():
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Interrupt what runs, end every process and give up the rollout; idempotent."""
        self._is_closing = True
        self._cancel_turn()
        await self.wait_idle()
        await self.titles.close()
        await self._hooks.end()
        await self._parts.registry.settle(kill=True)
        await self._parts.registry.close()
        self._journal.settle_open_items()
        await self.checkpoints.close()
        if self._client:
            await self._client.close()
            self._client = None
        self._parts.rollout.close()

    def _cancel_turn(self) -> None:
        # A second cancellation would break into the settling of the first.
        if self._task and not self._task.done() and not self._task.cancelling():
            self._task.cancel()

    def _launch(
        self, turn: TurnLoop, work: Work | None = None, *, trigger: str | None = None
    ) -> Turn:
        self._turn = turn
        try:
            self._begin(turn, trigger)
        except StoreError as error:
            self._turn = None
            raise RpcError(str(error)) from error
        self._task = asyncio.create_task(turn.run(self._on_settled, work))
        self._task.add_done_callback(self._after_turn)
        return turn.snapshot()

    def _begin(self, turn: TurnLoop, trigger: str | None) -> None:
        journal = self._journal
        journal.turn_id = turn.id
        self._diff = TurnDiff()
        record_start(journal, self.settings, trigger)
        self.audience.tell(
            events.ThreadStatusChangedNotification(thread_id=self.id, status=threads.Active())
        )
        self.audience.tell(events.TurnStartedNotification(thread_id=self.id, turn=turn.snapshot()))
        for warning in (*self._warnings, *self._settings.take_warnings()):
            journal.warn(warning)
        self._warnings = ()

    def _turn_parts(self) -> TurnParts:
        return TurnParts(
            journal=self._journal,
            model=self._model(),
            registry=self._parts.registry,
            dispatch=self._dispatch,
            settings=self._settings.in_force,
            meter=self._meter,
            hooks=self._hooks,
            deadline=self._deadline,
        )

    def _model(self) -> ModelClient:
        if self._client is None:
            self._client = self.spending.counted(self._parts.connect(self.settings))
        return self._client

    def _after_turn(self, task: asyncio.Task[Turn]) -> None:
        # Whoever interrupts a turn wants to be heard before anything else begins.
        if task.cancelled() or task.result().status == "interrupted":
            return
        if not self._is_closing:
            self.titles.after(task.result(), self.settings)
        try:
            self.go_on()
        except RpcError as error:
            self._journal.warn(f"What was to follow did not begin: {error}")

    def _on_settled(self, turn: Turn) -> None:
        self.ahead.settle(turn)
        self.when_settled(turn)
        self._turn = None
        status = self._header.settle(turn, self._parts.clock.now())
        self.audience.tell(events.ThreadStatusChangedNotification(thread_id=self.id, status=status))

    def _on_files_changed(self, changes: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        self._diff.add(changes)
        self.audience.tell(self._diff.told(self._journal, self.settings.cwd))

    def expect_idle(self, verb: str) -> None:
        """Raise `RpcError` while a turn runs."""
        if self._turn:
            raise RpcError(f"cannot {verb} while a turn runs: interrupt it or wait for its end")

    def _expect_turn(self, turn_id: str, verb: str) -> TurnLoop:
        if self._turn is None:
            message = f"no active turn to {verb}"
            raise RpcError(message)
        if self._turn.id != turn_id:
            message = f"expected active turn id `{turn_id}` but found `{self._turn.id}`"
            raise RpcError(message)
        return self._turn

    async def _ask(self, question: Question) -> Answer | None:
        # Each subscriber answers with what the method table names for the question.
        return cast("Answer | None", await self.audience.ask(question))
