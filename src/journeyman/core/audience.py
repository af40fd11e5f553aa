"""Who follows a thread: everybody hears every fact in the same order, and everybody is asked.

The first answer to a question counts and takes it back from the others; who joins while it is open is asked
too. A question that nobody can answer is answered by nobody: the asker decides what that means.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

import msgspec

from journeyman.protocol.events import Notification


class Subscriber(Protocol):
    """Somebody who follows a thread."""

    def emit(self, notification: Notification) -> None:
        """Hear a fact; must not wait."""
        ...

    async def ask(self, question: msgspec.Struct) -> msgspec.Struct:
        """Answer a question with what the method table names; raises `RpcError` when this subscriber cannot.

        Cancelling takes the question back.
        """
        ...


class Audience:
    """The subscribers of one thread."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self._subscribers: list[Subscriber] = []
        self._open: list[_OpenQuestion] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell this subscriber everything from now on, and ask it what is open."""
        if subscriber in self._subscribers:
            return
        self._subscribers.append(subscriber)
        for question in self._open:
            question.put_to(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Tell it nothing more; no error when it never subscribed."""
        with suppress(ValueError):
            self._subscribers.remove(subscriber)

    @property
    def is_empty(self) -> bool:
        """Whether nobody follows the thread."""
        return not self._subscribers

    def tell(self, notification: Notification) -> None:
        """Tell everybody a fact."""
        for subscriber in list(self._subscribers):
            subscriber.emit(notification)

    async def ask(self, question: msgspec.Struct) -> msgspec.Struct | None:
        """Ask everybody; the first answer, or None where nobody is there or can answer."""
        asked = _OpenQuestion(question)
        for subscriber in self._subscribers:
            asked.put_to(subscriber)
        self._open.append(asked)
        try:
            return await asked.wait()
        finally:
            self._open.remove(asked)
            await asked.withdraw()


class _OpenQuestion:
    def __init__(self, question: msgspec.Struct) -> None:
        self._question = question
        self._asking: set[asyncio.Task[msgspec.Struct]] = set()
        self._settled: asyncio.Future[msgspec.Struct | None]
        self._settled = asyncio.get_running_loop().create_future()

    def put_to(self, subscriber: Subscriber) -> None:
        task = asyncio.create_task(_ask(subscriber, self._question))
        self._asking.add(task)
        task.add_done_callback(self._take)

    async def wait(self) -> msgspec.Struct | None:
        return await self._settled if self._asking else None

    async def withdraw(self) -> None:
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _take(self, task: asyncio.Task[msgspec.Struct]) -> None:
        self._asking.discard(task)
        answered = not task.cancelled() and task.exception() is None
        if self._settled.done():
            return
        if answered:
            self._settled.set_result(task.result())
        elif not self._asking:
            self._settled.set_result(None)


async def _ask(subscriber: Subscriber, question: msgspec.Struct) -> msgspec.Struct:
    return await subscriber.ask(question)
