"""The loop: one turn, from the user's input until the model stops asking for tools.

A turn ends in one of three ways, completed, interrupted or failed, and always settles: no open item, no
unanswered tool call, and `turn/completed` as its last word. Cancelling the task that runs it interrupts it.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable

import msgspec

from journeyman.core.approvals import TurnCancelledError
from journeyman.core.compaction import Compactor
from journeyman.core.context import build_prompt
from journeyman.core.deadline import Deadline
from journeyman.core.dispatch import Dispatch
from journeyman.core.fragments import INTERRUPTED
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.small_steps import is_small_step
from journeyman.core.step import StepAnswer, ask_model
from journeyman.core.turn_hooks import TurnHooks
from journeyman.core.turn_input import TurnInput, take_input
from journeyman.core.usage_meter import UsageMeter
from journeyman.core.wire_errors import wire_kind
from journeyman.models.api import ModelClient, ModelError
from journeyman.protocol import events
from journeyman.protocol.history import InputText, Message
from journeyman.protocol.items import AgentMessageItem
from journeyman.protocol.turns import Turn, TurnError, TurnStatus
from journeyman.store.errors import StoreError
from journeyman.tools.api import ToolSourceError
from journeyman.tools.registry import ToolRegistry

Work = Callable[[], Awaitable[None]]


class TurnParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn works with; `meter` counts for the whole thread."""

    journal: Journal
    model: ModelClient
    registry: ToolRegistry
    dispatch: Dispatch
    settings: ThreadSettings
    meter: UsageMeter
    hooks: TurnHooks
    deadline: Deadline


class LimitReachedError(Exception):
    """The turn used up one of its limits."""


class TurnLoop:
    """Runs one turn."""

    def __init__(self, turn_id: str, parts: TurnParts) -> None:
        """Prepare; nothing happens before `run`."""
        self.id = turn_id
        self._parts = parts
        self._journal = parts.journal
        self._compactor = Compactor(
            parts.journal,
            parts.model,
            parts.meter,
            parts.settings,
            tools=parts.registry.specs,
            hooks=parts.hooks,
        )
        self._pending: list[TurnInput] = []
        self._last_message: AgentMessageItem | None = None
        self._started_at = parts.journal.clock.now()

    def add_input(self, given: TurnInput) -> None:
        """Input for the next step: the first, or what is said while the turn runs."""
        self._pending.append(given)

    def use(self, settings: ThreadSettings) -> None:
        """Ask with these settings from the next request on."""
        self._parts = msgspec.structs.replace(self._parts, settings=settings)

    def snapshot(self) -> Turn:
        """The turn as it is shown while it runs."""
        return Turn(id=self.id, status="inProgress", started_at=int(self._started_at))

    async def run(self, on_settled: Callable[[Turn], None], work: Work | None = None) -> Turn:
        """Run to the end and return the settled turn; never raises for what the model or a tool did.

        `on_settled` is called before the last word, so that whoever hears it finds the thread idle. `work` is
        what the turn does in place of steps.
        """
        status, error = await self._run_to_status(work or self.run_steps)
        await self._settle(status)
        turn = self._settled(status, error)
        on_settled(turn)
        self._journal.notify(
            events.TurnCompletedNotification(thread_id=self._journal.thread_id, turn=turn)
        )
        return turn

    async def compact(self) -> None:
        """The work of a turn that only compacts the history."""
        await self._compactor.run("manual")

    async def _run_to_status(self, work: Work) -> tuple[TurnStatus, TurnError | None]:
        try:
            async with self._parts.deadline.held():
                await work()
        except (asyncio.CancelledError, TurnCancelledError):
            return "interrupted", None
        except (LimitReachedError, StoreError, ToolSourceError) as error:
            return "failed", TurnError(message=str(error))
        except ModelError as error:
            wire = TurnError(message=error.message, codex_error_info=wire_kind(error))
            self._tell_failure(wire)
            return "failed", wire
        except Exception as error:
            text = f"internal error: {type(error).__name__}: {error}"
            return "failed", TurnError(message=text, additional_details=traceback.format_exc())
        return "completed", None

    @property
    def _is_planning(self) -> bool:
        return self._parts.settings.mode == "plan" and not self._journal.is_aside

    @property
    def last_text(self) -> str | None:
        """What the model said last."""
        return self._last_message.text if self._last_message else None

    async def run_steps(self) -> None:
        """Steps until the model stops; raises what ends a turn otherwise."""
        limit = self._parts.settings.limits.max_steps
        has_news = False
        await self._parts.registry.load()
        for _ in range(limit):
            if not (await self._take_input() or has_news):
                return
            answer = await self._ask()
            has_news = answer.goes_on
            if answer.calls:
                await self._parts.dispatch.run_calls(answer.calls, self._parts.settings)
            elif not (has_news or self._pending):
                has_news = await self._goes_on()
        message = f"the turn was stopped at its limit of {limit} steps"
        raise LimitReachedError(message)

    async def _ask(self) -> StepAnswer:
        if self._compactor.is_due():
            await self._compactor.run("auto")
        try:
            return await self._ask_once()
        except ModelError as error:
            if error.kind != "context_window_exceeded" or not self._compactor.can_shorten():
                raise
        await self._compactor.run("auto")
        return await self._ask_once()

    async def _ask_once(self) -> StepAnswer:
        parts, journal = self._parts, self._journal
        for message in parts.hooks.take_context():
            journal.add_to_history(message)
        prompt = build_prompt(
            journal.cache_key, parts.settings, tuple(journal.history), parts.registry.specs
        )
        most = parts.settings.small_step_tokens
        if most is not None and is_small_step(prompt.history, most):
            prompt = msgspec.structs.replace(prompt, cause="small_step")
        parts.dispatch.expect_calls(parts.settings)
        async with parts.hooks.model_request() as answered:
            answer = await ask_model(
                parts.model,
                prompt,
                journal,
                planning=self._is_planning,
                preview_of=parts.registry.preview,
            )
            answered(answer.usage)
        parts.meter.count(answer.usage, parts.settings.context_window)
        if answer.incomplete_reason:
            journal.warn(f"The model's answer was cut short: {answer.incomplete_reason}.")
        self._last_message = answer.last_message or self._last_message
        if answer.last_message:
            journal.record_event("agent_message", message=answer.last_message.text)
        return answer

    async def _take_input(self) -> bool:
        """Whether the model has anything new to hear."""
        pending, self._pending = self._pending, []
        parts = self._parts
        taken = [
            await take_input(given, parts.journal, parts.settings, parts.hooks) for given in pending
        ]
        return any(taken)

    async def _goes_on(self) -> bool:
        """Whether a hook has more for the model to do."""
        more = await self._parts.hooks.stop(self.last_text)
        if more is not None:
            self._journal.add_to_history(more)
        return more is not None

    async def _settle(self, status: TurnStatus) -> None:
        journal = self._journal
        await self._parts.dispatch.end_turn()
        await self._parts.registry.settle(kill=status != "completed")
        journal.settle_open_items()
        if status == "interrupted":
            await self._parts.hooks.interrupted()
            journal.add_to_history(Message(role="user", content=[InputText(INTERRUPTED)]))
            journal.record_event("turn_aborted", turn_id=self.id, reason="interrupted")

    def _settled(self, status: TurnStatus, error: TurnError | None) -> Turn:
        now = self._journal.clock.now()
        last = self._last_message
        if status != "interrupted":
            self._journal.record_event(
                "task_complete",
                turn_id=self.id,
                last_agent_message=last.text if last else None,
                error=msgspec.to_builtins(error),
            )
        return Turn(
            id=self.id,
            status=status,
            items=[last] if last else [],
            items_view="summary",
            error=error,
            started_at=int(self._started_at),
            completed_at=int(now),
            duration_ms=int((now - self._started_at) * 1000),
        )

    def _tell_failure(self, error: TurnError) -> None:
        self._journal.record_event("error", message=error.message)
        self._journal.notify(
            events.ErrorNotification(
                thread_id=self._journal.thread_id, turn_id=self.id, error=error, will_retry=False
            )
        )
