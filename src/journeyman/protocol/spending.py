"""What requests to models cost: of one request, of the running turn and of the thread."""

from __future__ import annotations

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

    `cause` is `step`, `compaction`, `review`, `subagent` or `title`; `served_model` is what the provider says
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
