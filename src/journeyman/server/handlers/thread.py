"""thread/*: starting, loading, copying, listing and reading threads."""

from __future__ import annotations

from journeyman.core.thread import Thread
from journeyman.protocol import threads
from journeyman.protocol.events import ThreadStartedNotification
from journeyman.server.dispatch import Call
from journeyman.server.subscription import Subscription


async def start(call: Call, params: threads.ThreadStartParams) -> None:
    """Start a thread; its settings are answered first, thread/started follows."""
    subscription = call.subscription()
    with subscription.held():
        _open(call, await call.manager.start(params, subscription), subscription)


async def resume(call: Call, params: threads.ThreadResumeParams) -> None:
    """Load a recorded thread, or join it when it is loaded."""
    subscription = call.subscription(params.thread_id)
    with subscription.held():
        _open(call, await call.manager.resume(params, subscription), subscription)


async def fork(call: Call, params: threads.ThreadForkParams) -> None:
    """Copy a thread into a new one."""
    subscription = call.subscription()
    with subscription.held():
        _open(call, await call.manager.fork(params, subscription), subscription)


async def list_threads(call: Call, params: threads.ThreadListParams) -> None:
    """List recorded threads."""
    call.reply(call.manager.list_threads(params))


async def read(call: Call, params: threads.ThreadReadParams) -> None:
    """Read one thread without loading it."""
    call.reply(threads.ThreadReadResponse(thread=call.manager.read(params)))


def _open(call: Call, thread: Thread, subscription: Subscription) -> None:
    call.subscriptions[thread.id] = subscription
    opened = thread.response()
    call.reply(opened)
    subscription.emit(ThreadStartedNotification(thread=opened.thread))
