"""thread/goal/*, thread/queue/*: what a thread does after its running turn."""

from __future__ import annotations

from journeyman.core.thread import Thread
from journeyman.core.turn_input import UserSaid
from journeyman.protocol import goals, queue
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.threads import Active
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of


async def set_goal(call: Call, params: goals.ThreadGoalSetParams) -> None:
    """Set or change the goal; where it is active and no turn runs, one begins after the answer."""
    thread = call.manager.get(params.thread_id)
    with call.subscription(params.thread_id).held():
        call.reply(goals.ThreadGoalSetResponse(goal=thread.ahead.goals.set(params)))
        thread.go_on()


async def get_goal(call: Call, params: goals.ThreadGoalGetParams) -> None:
    """Tell the goal."""
    goal = call.manager.get(params.thread_id).ahead.goals.goal
    call.reply(goals.ThreadGoalGetResponse(goal=goal))


async def clear_goal(call: Call, params: goals.ThreadGoalClearParams) -> None:
    """Have no goal any more; the running turn goes on."""
    thread = call.manager.get(params.thread_id)
    with call.subscription(params.thread_id).held():
        call.reply(goals.ThreadGoalClearResponse(cleared=thread.ahead.goals.clear()))


async def limit_time(call: Call, params: goals.GoalTimeBudgetSetParams) -> None:
    """Limit the time that the goal may take."""
    call.manager.get(params.thread_id).ahead.goals.limit_time(params.time_budget_seconds)
    call.reply(Empty())


async def add(call: Call, params: queue.ThreadQueueAddParams) -> None:
    """Queue something; where no turn runs, it is said after the answer."""
    thread = call.manager.get(params.thread_id)
    with call.subscription(params.thread_id).held():
        entry = thread.ahead.queue.add(params.input, params.client_user_message_id)
        call.reply(queue.ThreadQueueAddResponse(queued_submission=entry))
        thread.go_on()


async def list_entries(call: Call, params: queue.ThreadQueueListParams) -> None:
    """Tell what is queued."""
    entries = call.manager.get(params.thread_id).ahead.queue.entries
    page = page_of(entries, cursor=params.cursor, limit=params.limit)
    call.reply(queue.ThreadQueueListResponse(data=page.data, next_cursor=page.next_cursor))


async def update(call: Call, params: queue.ThreadQueueUpdateParams) -> None:
    """Change what an entry says."""
    entries = call.manager.get(params.thread_id).ahead.queue
    entry = entries.update(params.queued_submission_id, params.input)
    call.reply(queue.ThreadQueueUpdateResponse(queued_submission=entry))


async def delete(call: Call, params: queue.ThreadQueueDeleteParams) -> None:
    """Take an entry out."""
    deleted = call.manager.get(params.thread_id).ahead.queue.delete(params.queued_submission_id)
    call.reply(queue.ThreadQueueDeleteResponse(deleted=deleted))


async def reorder(call: Call, params: queue.ThreadQueueReorderParams) -> None:
    """Bring the entries into another order."""
    call.manager.get(params.thread_id).ahead.queue.reorder(params.queued_submission_ids)
    call.reply(Empty())


async def start(call: Call, params: queue.ThreadQueueStartParams) -> None:
    """Say an entry now; answered before the first notification of its turn."""
    thread: Thread = call.manager.get(params.thread_id)
    if isinstance(thread.header().status, Active):
        message = "cannot start a queued submission while a turn runs"
        raise RpcError(message)
    with call.subscription(params.thread_id).held():
        entry = thread.ahead.queue.take(params.queued_submission_id)
        turn = thread.take([UserSaid(entry.input, entry.client_user_message_id)])
        call.reply(queue.ThreadQueueStartResponse(turn=turn))


HANDLERS: dict[str, Handler] = {
    "journeyman/goal/timeBudget/set": limit_time,
    "thread/goal/clear": clear_goal,
    "thread/goal/get": get_goal,
    "thread/goal/set": set_goal,
    "thread/queue/add": add,
    "thread/queue/delete": delete,
    "thread/queue/list": list_entries,
    "thread/queue/reorder": reorder,
    "thread/queue/start": start,
    "thread/queue/update": update,
}
