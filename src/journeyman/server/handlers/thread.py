"""thread/*: starting, loading, copying, listing and reading threads."""

from __future__ import annotations

import msgspec

from journeyman.core.thread import Thread
from journeyman.protocol import threads
from journeyman.protocol.events import ThreadStartedNotification, TokenUsageUpdatedNotification
from journeyman.protocol.turns import Turn
from journeyman.server.dispatch import Call, Handler
from journeyman.server.subscription import Subscription


async def start(call: Call, params: threads.ThreadStartParams) -> None:
    """Start a thread; its settings are answered first, thread/started follows."""
    subscription = call.subscription()
    with subscription.held():
        _open(call, await call.manager.start(params, subscription), subscription, turns=[])


async def resume(call: Call, params: threads.ThreadResumeParams) -> None:
    """Load a recorded thread, or join it when it is loaded; what it used so far is told after the answer."""
    subscription = call.subscription(params.thread_id)
    with subscription.held():
        is_joined = params.thread_id in call.manager.loaded()
        thread = await call.manager.resume(params, subscription)
        # They were read with the rest when it was loaded; a second time would cost as much again.
        turns = thread.header().turns
        if is_joined:
            turns = [] if params.exclude_turns else _turns(call, thread)
        _open(call, thread, subscription, turns=[] if params.exclude_turns else turns)
        if turns and thread.usage.total.total_tokens:
            used = TokenUsageUpdatedNotification(
                thread_id=thread.id, turn_id=turns[-1].id, token_usage=thread.usage
            )
            subscription.emit(used)


async def fork(call: Call, params: threads.ThreadForkParams) -> None:
    """Copy a thread into a new one."""
    subscription = call.subscription()
    with subscription.held():
        thread = await call.manager.fork(params, subscription)
        _open(call, thread, subscription, turns=thread.header().turns)


async def list_threads(call: Call, params: threads.ThreadListParams) -> None:
    """List recorded threads."""
    if isinstance(params.project_id, str):
        call.manager.marks.projects.get(params.project_id)
    page = call.manager.list_threads(params)
    if call.peer.capabilities.experimental_api:
        read = {thread.id: call.manager.marks.read_states.of(thread.id) for thread in page.data}
        page = msgspec.structs.replace(page, read_states=read)
    call.reply(page)


async def read(call: Call, params: threads.ThreadReadParams) -> None:
    """Read one thread without loading it."""
    thread = call.manager.read(params)
    is_wanted = call.peer.capabilities.experimental_api
    state = call.manager.read_state(thread.id) if is_wanted else None
    call.reply(threads.ThreadReadResponse(thread=thread, read_state=state))


def _turns(call: Call, thread: Thread) -> list[Turn]:
    return call.manager.read(
        threads.ThreadReadParams(thread_id=thread.id, include_turns=True)
    ).turns


def _open(call: Call, thread: Thread, subscription: Subscription, *, turns: list[Turn]) -> None:
    call.subscriptions[thread.id] = subscription
    opened = thread.response()
    header = msgspec.structs.replace(opened.thread, turns=[])
    answered = msgspec.structs.replace(header, turns=turns)
    call.reply(msgspec.structs.replace(opened, thread=answered))
    subscription.emit(ThreadStartedNotification(thread=header))


HANDLERS: dict[str, Handler] = {
    "thread/fork": fork,
    "thread/list": list_threads,
    "thread/read": read,
    "thread/resume": resume,
    "thread/start": start,
}
