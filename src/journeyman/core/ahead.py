"""What a thread does after the running turn: what is queued first, then its goal. Recorded whole at each change."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from journeyman.core.goal_tool import GoalTool
from journeyman.core.goals import Goals
from journeyman.core.journal import Journal
from journeyman.core.queue import Queue
from journeyman.core.turn_input import Injected, TurnInput, UserSaid
from journeyman.protocol.events import Notification
from journeyman.protocol.goals import ThreadGoalClearedNotification, ThreadGoalUpdatedNotification
from journeyman.protocol.history import ToolCallItem
from journeyman.protocol.queue import ThreadQueueChangedNotification
from journeyman.protocol.turns import Turn
from journeyman.protocol.usage import TokenUsage
from journeyman.store.lines import Ahead as RecordedAhead
from journeyman.tools.registry import ToolRegistry

GOAL_TRIGGER = "goal"


class Ahead:
    """The queue and the goal of one thread."""

    def __init__(
        self,
        journal: Journal,
        registry: ToolRegistry,
        tell: Callable[[Notification], None],
        *,
        recorded: RecordedAhead | None,
        add_input: Callable[[TurnInput], object],
        running_turn: Callable[[], str | None],
    ) -> None:
        """Begin with what the thread's rollout holds; what it holds of another thread, by a fork, is left.

        `add_input` is for the running turn, whose id `running_turn` tells.
        """
        if recorded is None or recorded.thread_id != journal.thread_id:
            recorded = RecordedAhead(thread_id=journal.thread_id)
        self._journal = journal
        self._registry = registry
        self._tell = tell
        self._add_input = add_input
        self._running_turn = running_turn
        self._seen = len(journal.history)
        self.queue = Queue(recorded.queue, self._on_queue_changed)
        self.goals = Goals(
            journal.thread_id,
            journal.clock,
            self._on_goal_changed,
            goal=recorded.goal,
            time_budget_seconds=recorded.time_budget_seconds,
        )
        self._offer_tool()

    def count(self, usage: TokenUsage) -> None:
        """Spend a request's tokens on the goal; the running turn hears of it where they were the last."""
        note = self.goals.count(usage)
        if note is not None:
            self._add_input(Injected([note]))

    def settle(self, turn: Turn) -> None:
        """A turn is over: spend its time on the goal, and see whether to go on."""
        history = self._journal.history
        # A history that is shorter was compacted, which only work makes it need.
        new, was_compacted = history[self._seen :], len(history) < self._seen
        has_acted = was_compacted or any(isinstance(item, ToolCallItem) for item in new)
        self._seen = len(history)
        self.goals.settle(turn, has_acted=has_acted)

    def next_input(self) -> tuple[TurnInput, str | None] | None:
        """What an idle thread has to do."""
        if self.queue.entries:
            entry = self.queue.take()
            return UserSaid(entry.input, entry.client_user_message_id), None
        goal = self.goals.next_input()
        return None if goal is None else (goal, GOAL_TRIGGER)

    def _on_queue_changed(self) -> None:
        self._record()
        self._tell(ThreadQueueChangedNotification(thread_id=self._journal.thread_id))

    def _on_goal_changed(self) -> None:
        self._record()
        self._offer_tool()
        thread_id, goal = self._journal.thread_id, self.goals.goal
        if goal is None:
            self._tell(ThreadGoalClearedNotification(thread_id=thread_id))
            return
        self._tell(
            ThreadGoalUpdatedNotification(
                thread_id=thread_id, goal=goal, turn_id=self._running_turn()
            )
        )

    def _offer_tool(self) -> None:
        # Once offered it stays: a list of tools that shrinks would spoil the prompt's prefix again.
        if self.goals.goal is not None and not self._registry.has("update_goal"):
            self._registry.add(GoalTool(self.goals))

    def _record(self) -> None:
        now = RecordedAhead(
            thread_id=self._journal.thread_id,
            goal=self.goals.goal,
            time_budget_seconds=self.goals.time_budget_seconds,
            queue=self.queue.entries,
        )
        self._journal.record("ahead", msgspec.to_builtins(now))
