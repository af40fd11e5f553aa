"""Runs one prompt to its end through the client: opens the thread, starts the turn, follows it, stops on signals.

Knows no core and no configuration. Invariant: once a turn began it is followed until it settled, also
after an interrupt, unless the user insists with a second signal.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec

from journeyman.client.client import Client
from journeyman.clock import Clock
from journeyman.headless.faces import Face
from journeyman.protocol import events, threads
from journeyman.protocol.code_review import (
    ReviewCompletedNotification,
    ReviewOutput,
    ReviewStartParams,
    ReviewStartResponse,
    ReviewTarget,
)
from journeyman.protocol.items import AgentMessageItem, UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.turns import TurnInterruptParams, TurnStartParams, TurnStatus
from journeyman.transcript.silence import Silence

Opening = threads.ThreadStartParams | threads.ThreadResumeParams | threads.ThreadForkParams


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: how to open the thread, and what to say in the one turn, or to review in it."""

    opening: Opening
    prompt: str
    input: list[UserInput]
    output_schema: dict[str, Any] | None = None
    review: ReviewTarget | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How the turn ended, and its answer: None where it failed or the model gave none; what a review found."""

    status: TurnStatus
    final_text: str | None
    review: ReviewOutput | None = None


class Run:
    """One run; `interrupt` may be called at any time from the event loop's thread."""

    def __init__(self, client: Client, face: Face, clock: Clock, *, signs_of_life: bool) -> None:
        """Drive `client`, which is started, and show everything on `face`."""
        self._client = client
        self._face = face
        self._clock = clock
        self._signs_of_life = signs_of_life
        self._silence = Silence(clock.monotonic())
        self._turn: TurnInterruptParams | None = None
        self._interrupts: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._messages: list[AgentMessageItem] = []
        self._found: ReviewOutput | None = None

    async def execute(self, request: Request) -> Outcome:
        """Run to the end of the turn.

        Raises:
            RpcError: the thread or the turn could not be started, or the connection ended.
        """
        opened = await self._open(request.opening)
        self._face.began(opened, request.prompt)
        try:
            return await self._turn_of(opened.thread.id, request)
        except RpcError as error:
            self._face.failed(error.message)
            raise

    def interrupt(self) -> bool:
        """Stop the turn; False when there is none yet, so that the caller has to cancel the run."""
        self._stopped = True
        if self._turn is None:
            return False
        task = asyncio.create_task(self._send_interrupt(self._turn))
        self._interrupts.add(task)
        task.add_done_callback(self._interrupts.discard)
        return True

    async def _send_interrupt(self, turn: TurnInterruptParams) -> None:
        # A turn that ended in the meantime is what was wanted.
        with contextlib.suppress(RpcError):
            await self._client.turn_interrupt(turn)

    async def _open(self, opening: Opening) -> threads.ThreadStartResponse:
        match opening:
            case threads.ThreadStartParams():
                return await self._client.thread_start(opening)
            case threads.ThreadResumeParams():
                return await self._client.thread_resume(opening)
            case threads.ThreadForkParams():
                return await self._client.thread_fork(opening)

    async def _turn_of(self, thread_id: str, request: Request) -> Outcome:
        turn_id = await self._start(thread_id, request)
        self._turn = TurnInterruptParams(thread_id=thread_id, turn_id=turn_id)
        if self._stopped:
            self.interrupt()
        watch = asyncio.create_task(self._watch_silence()) if self._signs_of_life else None
        try:
            return await self._follow(self._turn)
        finally:
            if watch is not None:
                watch.cancel()

    async def _start(self, thread_id: str, request: Request) -> str:
        if request.review is not None:
            asked = ReviewStartParams(thread_id=thread_id, target=request.review)
            reviewed = await self._client.request("review/start", asked, ReviewStartResponse)
            return reviewed.turn.id
        params = TurnStartParams(
            thread_id=thread_id, input=request.input, output_schema=request.output_schema
        )
        return (await self._client.turn_start(params)).turn.id

    async def _follow(self, turn: TurnInterruptParams) -> Outcome:
        async for notification in self._client.notifications():
            if getattr(notification, "thread_id", turn.thread_id) not in {turn.thread_id, None}:
                continue
            self._silence.news(self._clock.monotonic())
            self._face.tell(notification)
            match notification:
                case events.ItemCompletedNotification(item=AgentMessageItem() as message):
                    self._messages.append(message)
                case ReviewCompletedNotification(output=found):
                    self._found = found
                case events.TurnCompletedNotification(turn=ended) if ended.id == turn.turn_id:
                    text = final_text(self._messages) if ended.status == "completed" else None
                    return Outcome(status=ended.status, final_text=text, review=self._found)
                case _:
                    pass
        raise RpcError("the server ended before the turn did")

    async def _watch_silence(self) -> None:
        while True:
            await asyncio.sleep(1)
            seconds = self._silence.due(self._clock.monotonic())
            if seconds is not None:
                self._face.silent(seconds)


def final_text(messages: list[AgentMessageItem]) -> str | None:
    """The answer: the last message marked as final, else the last one without a mark.

    One without text is none: the stream that began it broke off.
    """
    for phase in ("final_answer", None):
        for message in reversed(messages):
            if message.phase == phase and message.text:
                return message.text
    return None
