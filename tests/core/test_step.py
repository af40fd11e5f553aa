from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from tests.models.asking import prompt_of

from journeyman.clock import SystemClock
from journeyman.core.journal import Journal
from journeyman.core.step import ask_model
from journeyman.models.api import (
    Finished,
    ItemBegun,
    ModelError,
    Prompt,
    ReasoningDelta,
    Retrying,
    StreamEvent,
    TextDelta,
)
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol.events import (
    ItemCompletedNotification,
    ItemStartedNotification,
    Notification,
    ReasoningTextDeltaNotification,
)
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import AgentMessageItem, ReasoningItem
from journeyman.protocol.usage import TokenUsage
from journeyman.store.rollout import Rollout
from journeyman.testing.scripted_model import answer, says


class NotingClient:
    """Answers once, and notes when its stream was closed."""

    def __init__(self) -> None:
        self.closed = False
        # kept here, so that nothing but closing it ends it
        self._stream = self._answer()

    def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        assert prompt.history
        return self._stream

    async def close(self) -> None:
        pass

    async def _answer(self) -> AsyncGenerator[StreamEvent]:
        try:
            for event in answer(says("hi")):
                yield event
        finally:
            self.closed = True


async def test_ask_model_closes_the_stream_when_it_returns_at_its_last_event() -> None:
    client = NotingClient()
    clock = SystemClock()
    journal = Journal(new_id(), Rollout.ephemeral(clock), lambda _: None, clock)

    await ask_model(client, prompt_of(), journal)

    assert client.closed


class Piece(str):
    """Text that cannot be joined to what came before it by copying that: only all at once."""

    __slots__ = ()

    def __radd__(self, before: str) -> str:
        raise AssertionError(f"{len(before)} characters copied for {len(self)} more")


class BreakingClient:
    """Streams a message and reasoning in pieces, and breaks off before their ends."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        assert prompt.history
        yield ItemBegun("r", "reasoning")
        yield ItemBegun("m", "message")
        for text in ("a", "b", "c"):
            yield ReasoningDelta("r", 1, Piece(text))
            yield ReasoningDelta("r", 0, Piece(text.upper()), is_raw=True)
            yield TextDelta("m", Piece(text))
        raise ModelError("stream_disconnected", "broke", retryable=False)

    async def close(self) -> None:
        pass


class StartingOverClient:
    """Breaks off in the middle of a message, and then gives a whole answer."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        assert prompt.history
        yield ItemBegun("r", "reasoning")
        yield ReasoningDelta("r", 0, "hm")
        yield ItemBegun("m", "message")
        yield TextDelta("m", "hal")
        yield Retrying(attempt=1, limit=2, delay_seconds=0, reason="cut")
        for event in answer(says("half a pound")):
            yield event

    async def close(self) -> None:
        pass


async def test_ask_model_takes_back_what_a_broken_answer_said_when_it_is_asked_again() -> None:
    told: list[Notification] = []
    clock = SystemClock()
    journal = Journal(new_id(), Rollout.ephemeral(clock), told.append, clock)

    await ask_model(StartingOverClient(), prompt_of(), journal)

    items = [event.item for event in told if isinstance(event, ItemCompletedNotification)]
    assert items == [
        ReasoningItem(id=items[0].id),
        AgentMessageItem(id=items[1].id, text=""),
        AgentMessageItem(id=items[2].id, text="half a pound"),
    ]


async def test_ask_model_joins_an_answer_once_however_many_pieces_it_has() -> None:
    told: list[Notification] = []
    clock = SystemClock()
    journal = Journal(new_id(), Rollout.ephemeral(clock), told.append, clock)

    with pytest.raises(ModelError):
        await ask_model(BreakingClient(), prompt_of(), journal)

    items = [event.item for event in told if isinstance(event, ItemCompletedNotification)]
    assert items == [
        ReasoningItem(id=items[0].id, summary=["", "abc"], content=["ABC"]),
        AgentMessageItem(id=items[1].id, text="abc"),
    ]
    raw = [event for event in told if isinstance(event, ReasoningTextDeltaNotification)]
    assert [(event.item_id, event.content_index, event.delta) for event in raw] == [
        (items[0].id, 0, "A"),
        (items[0].id, 0, "B"),
        (items[0].id, 0, "C"),
    ]


async def test_ask_model_completes_each_item_when_two_have_one_name() -> None:
    told: list[Notification] = []
    clock = SystemClock()
    journal = Journal(new_id(), Rollout.ephemeral(clock), told.append, clock)
    named_alike = [
        ItemBegun("m", "message"),
        TextDelta("m", "one"),
        ItemBegun("m", "message"),
        TextDelta("m", "two"),
        Finished(usage=TokenUsage()),
    ]

    await ask_model(ScriptedClient([named_alike]), prompt_of(), journal)

    started = [event.item for event in told if isinstance(event, ItemStartedNotification)]
    items = [event.item for event in told if isinstance(event, ItemCompletedNotification)]
    assert items == [
        AgentMessageItem(id=started[0].id, text="one"),
        AgentMessageItem(id=started[1].id, text="two"),
    ]
