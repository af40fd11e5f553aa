"""journeyman/budget/*: how much a thread may spend, raised or lowered while it runs."""

from __future__ import annotations

import msgspec

from journeyman.core.budget import Budget, BudgetNode
from journeyman.core.thread import Thread
from journeyman.protocol import spending
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler


async def read(call: Call, params: spending.BudgetReadParams) -> None:
    """Tell the budgets."""
    call.reply(_state_of(call.manager.get(params.thread_id)))


async def change(call: Call, params: spending.BudgetSetParams) -> None:
    """Set one of them."""
    thread = call.manager.get(params.thread_id)
    limits = msgspec.structs.asdict(params.limits)
    if any(limit is not None and limit < 0 for limit in limits.values()):
        message = "a budget cannot be negative: set it to null for no limit"
        raise RpcError(message)
    node: BudgetNode = getattr(thread.spending, params.scope)
    node.budget = Budget(**limits)
    call.reply(_state_of(thread))


def _state_of(thread: Thread) -> spending.BudgetReadResponse:
    counted = thread.spending
    return spending.BudgetReadResponse(
        turn=_state(counted.turn), thread=_state(counted.thread), day=_state(counted.day)
    )


def _state(node: BudgetNode) -> spending.BudgetState:
    return spending.BudgetState(
        limits=spending.BudgetLimits(**msgspec.structs.asdict(node.budget)),
        spent=spending.BudgetSpent(**msgspec.structs.asdict(node.spent)),
    )


HANDLERS: dict[str, Handler] = {
    "journeyman/budget/read": read,
    "journeyman/budget/set": change,
}
