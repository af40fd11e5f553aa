"""The goal of one thread: set by the user, worked towards turn after turn, ended by the model or by its budgets.

A turn that ends while the goal is active is followed by another. It ends with the goal complete or blocked (the
model says so), a budget used up, the user interrupting, a turn failing, or several turns without any doing.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from journeyman.clock import Clock
from journeyman.core.budget import Amount, Budget, spent_tokens
from journeyman.core.turn_input import Injected
from journeyman.protocol.goals import GoalStatus, ThreadGoal, ThreadGoalSetParams
from journeyman.protocol.history import HistoryItem, InputText, Message
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.turns import Turn
from journeyman.protocol.usage import TokenUsage

MAX_OBJECTIVE_CHARS = 4_000
# A model that three times only talks is not going to do anything the fourth time.
_IDLE_TURNS = 3


class Goals:
    """The goal, where there is one."""

    def __init__(
        self,
        thread_id: str,
        clock: Clock,
        on_changed: Callable[[], None],
        *,
        goal: ThreadGoal | None,
        time_budget_seconds: int | None,
    ) -> None:
        """Begin with what is recorded; `on_changed` records and tells."""
        self.goal = goal
        self.time_budget_seconds = time_budget_seconds
        self._thread_id = thread_id
        self._clock = clock
        self._on_changed = on_changed
        self._idle_turns = 0
        self._counted_seconds = 0.0

    def set(self, params: ThreadGoalSetParams) -> ThreadGoal:
        """Set a goal or change it; raises `RpcError` where the change makes no sense."""
        if params.token_budget is not None and params.token_budget <= 0:
            message = "goal budgets must be positive when provided"
            raise RpcError(message)
        now = int(self._clock.now())
        goal = self.goal
        if params.objective is not None:
            objective = _checked(params.objective)
            if goal is None or goal.objective != objective or goal.status == "complete":
                goal = self._new(objective, now)
        if goal is None:
            message = f"cannot update goal for thread {self._thread_id}: no goal exists"
            raise RpcError(message)
        status = params.status or ("active" if params.objective is not None else goal.status)
        self._idle_turns = 0
        self._keep(
            msgspec.structs.replace(
                goal,
                status=status,
                token_budget=params.token_budget or goal.token_budget,
                updated_at=now,
            )
        )
        self._check_budgets()
        return self.goal or goal

    def limit_time(self, seconds: int | None) -> None:
        """Let the goal take at most so many seconds; raises `RpcError` where that is not positive."""
        if seconds is not None and seconds <= 0:
            message = "goal budgets must be positive when provided"
            raise RpcError(message)
        self.time_budget_seconds = seconds
        self._on_changed()

    def seconds_left(self, of_turn: float) -> float:
        """How long the goal may still take, where the running turn took `of_turn` seconds; infinite without a limit."""
        goal, limit = self.goal, self.time_budget_seconds
        if goal is None or goal.status != "active" or limit is None:
            return math.inf
        return limit - goal.time_used_seconds - self._counted_seconds - of_turn

    def run_out_of_time(self) -> str:
        """The running turn used up the goal's time; what to tell of it."""
        limit = self.time_budget_seconds or 0
        self._keep(self._changed(status="budgetLimited", time_used_seconds=limit))
        return (
            f"the time budget of this thread's goal is used up: {limit:,} of {limit:,} seconds."
            " Raise it with journeyman/goal/timeBudget/set, then set the goal to active again"
        )

    def clear(self) -> bool:
        """Have none any more; whether there was one."""
        if self.goal is None:
            return False
        self.goal = None
        self._on_changed()
        return True

    def mark(self, status: GoalStatus) -> None:
        """The model says how the goal stands."""
        if self.goal is not None:
            self._keep(self._changed(status=status))

    def count(self, usage: TokenUsage) -> HistoryItem | None:
        """Spend a request's tokens; what the model must be told where that was the last of the budget."""
        goal = self.goal
        if goal is None or goal.status != "active":
            return None
        self._keep(self._changed(tokens_used=goal.tokens_used + spent_tokens(usage)))
        return _note(_SPENT) if self._check_budgets() else None

    def settle(self, turn: Turn, *, has_acted: bool) -> None:
        """Spend a turn's time, and stop where going on makes no sense."""
        goal = self.goal
        if goal is None or goal.status != "active":
            return
        self._counted_seconds += (turn.duration_ms or 0) / 1000
        whole = int(self._counted_seconds)
        self._counted_seconds -= whole
        self._idle_turns = 0 if has_acted else self._idle_turns + 1
        status: GoalStatus = "active"
        if turn.status != "completed":
            status = "paused"
        elif self._idle_turns >= _IDLE_TURNS:
            status = "blocked"
        spent = goal.time_used_seconds + whole
        self._keep(self._changed(status=status, time_used_seconds=spent))
        self._check_budgets()

    def next_input(self) -> Injected | None:
        """What the next turn begins with, where there is to be one."""
        goal = self.goal
        if goal is None or goal.status != "active":
            return None
        budget = "" if goal.token_budget is None else _BUDGET.format(goal=goal)
        return Injected([_note(_GO_ON.format(objective=_inert(goal.objective), budget=budget))])

    def _check_budgets(self) -> bool:
        """Whether a budget was used up just now."""
        goal = self.goal
        if goal is None or goal.status != "active":
            return False
        budget = Budget(tokens=goal.token_budget, seconds=self.time_budget_seconds)
        spent = Amount(tokens=goal.tokens_used, seconds=goal.time_used_seconds)
        if budget.used_up(spent) is None:
            return False
        self._keep(self._changed(status="budgetLimited"))
        return True

    def _new(self, objective: str, now: int) -> ThreadGoal:
        return ThreadGoal(
            thread_id=self._thread_id,
            objective=objective,
            status="active",
            created_at=now,
            updated_at=now,
        )

    def _changed(self, **members: object) -> ThreadGoal | None:
        if self.goal is None:
            return None
        return msgspec.structs.replace(self.goal, updated_at=int(self._clock.now()), **members)

    def _keep(self, goal: ThreadGoal | None) -> None:
        if goal is not None and goal != self.goal:
            self.goal = goal
            self._on_changed()


_GO_ON = """<thread_goal>
Go on working towards the goal of this thread. The user set it and sees your progress:

{objective}

{budget}Do the next useful thing with your tools; do not only plan or report. Check with evidence, such as a test or the
files themselves, that each part is done before you call update_goal with status "complete". Where you cannot make
any progress without the user, call it with "blocked" and say what you need.
</thread_goal>"""
_BUDGET = "Tokens: {goal.tokens_used} of {goal.token_budget} used.\n"
_SPENT = """<thread_goal>
The budget of this thread's goal is used up. Start nothing new: say in a few sentences what is done and what is left.
</thread_goal>"""


def _checked(objective: str) -> str:
    objective = objective.strip()
    if not objective:
        message = "goal objective must not be empty"
        raise RpcError(message)
    if len(objective) > MAX_OBJECTIVE_CHARS:
        message = f"goal objective must be at most {MAX_OBJECTIVE_CHARS} characters"
        raise RpcError(message)
    return objective


def _inert(text: str) -> str:
    return text.replace("</thread_goal", "</ thread_goal")


def _note(text: str) -> Message:
    return Message(role="user", content=[InputText(text)])
