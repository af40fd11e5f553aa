from __future__ import annotations

from collections.abc import AsyncGenerator

from tests.models.asking import prompt_of

from journeyman.clock import SystemClock
from journeyman.core.journal import Journal
from journeyman.core.step import ask_model
from journeyman.models.api import Prompt, StreamEvent
from journeyman.protocol.ids import new_id
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
