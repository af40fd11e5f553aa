"""Questions of the server that wait until the face has the console free for them."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One question and the place for its answer; the future is cancelled when it is withdrawn."""

    params: msgspec.Struct
    answer: asyncio.Future[msgspec.Struct]


class Inbox:
    """The questions, in the order they came."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.arrived = asyncio.Event()
        self._waiting: deque[Asked] = deque()

    async def ask(self, _name: str, params: msgspec.Struct) -> msgspec.Struct:
        """What the client calls for a question; waits for the face's answer."""
        asked = Asked(params, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self.arrived.set()
        return await asked.answer

    def take(self) -> Asked | None:
        """The next question that still waits."""
        while self._waiting:
            asked = self._waiting.popleft()
            if not asked.answer.done():
                return asked
        self.arrived.clear()
        return None
