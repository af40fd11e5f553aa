"""What requests to models cost: of one request, of the running turn and of the thread."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.usage import TokenUsage
from journeyman.protocol.wire import Wire


class Spending(Wire, frozen=True):
    """What several requests add up to, in US dollars at list prices.

    `cost_usd` is null while no request had a known price; `unpriced_requests` are not in it.
    """

    requests: int
    cost_usd: float | None
    unpriced_requests: int


class UsageUpdatedNotification(Wire, frozen=True):
    """A request to a model was answered: what for, by whom, and what it and all before it cost.

    `cause` is `step`, `small_step`, `compaction`, `review`, `subagent` or `title`; `served_model` is what the provider says
    it answered with; `cost_usd` is null where the price is not known.
    """

    thread_id: str
    turn_id: str
    cause: str
    provider: str
    model: str
    served_model: str | None
    usage: TokenUsage
    cost_usd: float | None
    turn: Spending
    thread: Spending


class BudgetLimits(Wire, frozen=True):
    """How much may be spent: `tokens` without cached ones, US dollars at list prices, seconds, requests.

    Null is no limit.
    """

    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    steps: int | None = None


class BudgetSpent(Wire, frozen=True):
    """How much was spent."""

    tokens: int
    usd: float
    seconds: float
    steps: int


class BudgetState(Wire, frozen=True):
    """A budget and what was spent of it."""

    limits: BudgetLimits
    spent: BudgetSpent


class BudgetSetParams(Wire, frozen=True):
    """Put these limits in the place of those of the running turn and those after it, of the thread, or of the day.

    They hold from the next request on, seconds within a second, and for this loaded thread; the configuration stays
    as it is.
    """

    thread_id: str
    scope: Literal["turn", "thread", "day"]
    limits: BudgetLimits


class BudgetReadParams(Wire, frozen=True):
    """Ask for the budgets of a loaded thread."""

    thread_id: str


class BudgetReadResponse(Wire, frozen=True):
    """The budgets as they are now."""

    turn: BudgetState
    thread: BudgetState
    day: BudgetState
