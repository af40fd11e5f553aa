"""Goals: what a thread works towards by itself, turn after turn, within budgets."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire

GoalStatus = Literal["active", "paused", "blocked", "usageLimited", "budgetLimited", "complete"]


class ThreadGoal(Wire, frozen=True):
    """A goal, and what was spent on it; instants in unix seconds."""

    thread_id: str
    objective: str
    status: GoalStatus
    created_at: int
    updated_at: int
    tokens_used: int = 0
    time_used_seconds: int = 0
    token_budget: int | None = None


class ThreadGoalSetParams(Wire, frozen=True):
    """Set a goal by its objective, or change the one there is; an active one is worked on at once."""

    thread_id: str
    objective: str | None = None
    status: GoalStatus | None = None
    token_budget: int | None = None


class ThreadGoalSetResponse(Wire, frozen=True):
    """The goal as it is now."""

    goal: ThreadGoal


class ThreadGoalGetParams(Wire, frozen=True):
    """Ask for the goal."""

    thread_id: str


class ThreadGoalGetResponse(Wire, frozen=True):
    """The goal, where there is one."""

    goal: ThreadGoal | None


class ThreadGoalClearParams(Wire, frozen=True):
    """Have no goal any more."""

    thread_id: str


class ThreadGoalClearResponse(Wire, frozen=True):
    """Whether there was one."""

    cleared: bool


class GoalTimeBudgetSetParams(Wire, frozen=True):
    """Let the goal take at most so many seconds of turns; null takes the limit away."""

    thread_id: str
    time_budget_seconds: int | None


class ThreadGoalUpdatedNotification(Wire, frozen=True):
    """The goal was set, changed, or something was spent on it."""

    thread_id: str
    goal: ThreadGoal
    turn_id: str | None = None


class ThreadGoalClearedNotification(Wire, frozen=True):
    """There is no goal any more."""

    thread_id: str
