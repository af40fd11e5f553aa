"""Answers requests with recorded answers, in order and without a network, and tells where a run diverges.

A request that says something else than the recorded one is told once and answered all the same: commands
are run again, and what they print is real. One of another kind cannot be answered and is an error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec

from journeyman.models.api import ModelClient, ModelError, Prompt, Remark, StreamEvent
from journeyman.models.exchanges import Answer, Exchange, read_exchanges
from journeyman.models.providers import Provider
from journeyman.models.record import kind_of
from journeyman.models.request_diff import differences
from journeyman.models.transport import Dialect, Poster, Response
from journeyman.net.http import HttpError, HttpErrorKind


class Replay:
    """A record that is played again.

    Attributes:
        prompt: what `jm exec` was asked; None where something else was recorded.
        setup: what decided which requests were made.
        asked: who was asked, one for each exchange.
    """

    def __init__(self, path: Path) -> None:
        """Read the record; raises `RecordError`."""
        header, exchanges = read_exchanges(path)
        self.path = path
        self.prompt = header.prompt
        self.setup = header.setup
        self.asked = [exchange.request.asked for exchange in exchanges]
        self._told: set[tuple[str, str]] = set()
        # Threads have other ids than then; they are taken in the order in which they ask first.
        self._recorded: dict[str, deque[Exchange]] = {}
        for exchange in exchanges:
            self._recorded.setdefault(exchange.request.asked.thread, deque()).append(exchange)
        self._unclaimed = deque(self._recorded)
        self._claimed: dict[str, str] = {}

    @property
    def left(self) -> int:
        """How many exchanges were not asked for."""
        return sum(len(exchanges) for exchanges in self._recorded.values())

    def take(self, thread: str) -> Exchange | None:
        """The next exchange of a thread; None when there is none left."""
        if thread not in self._claimed:
            if not self._unclaimed:
                return None
            self._claimed[thread] = self._unclaimed.popleft()
        exchanges = self._recorded[self._claimed[thread]]
        return exchanges.popleft() if exchanges else None

    def news(self, exchange: Exchange, body: bytes) -> str | None:
        """Where a request's body first differs from the recorded one, each place told once for a thread."""
        thread = exchange.request.asked.thread
        then: Any = msgspec.json.decode(exchange.request.body)
        found = [
            difference
            for difference in differences(then, msgspec.json.decode(body))
            if (thread, difference.place) not in self._told
        ]
        if not found:
            return None
        self._told.update((thread, difference.place) for difference in found)
        more = f" (and {len(found) - 1} more places)" if len(found) > 1 else ""
        number = exchange.request.exchange
        return f"replay: request {number} differs from the record at {found[0].text}{more}"


class ReplayClient:
    """A `ModelClient` whose answers are those of a record; one attempt for each stream."""

    def __init__(
        self,
        replay: Replay,
        make: Callable[[Poster], ModelClient],
        *,
        provider: Provider,
        dialect: Dialect,
    ) -> None:
        """Answer through the client that `make` gives for a wire, so that answers are read as live ones."""
        self._replay = replay
        self._make = make
        self._provider = provider
        self._dialect = dialect

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`; raises `ModelError` (`protocol`) where the record has no such answer."""
        exchange = self._replay.take(prompt.cache_key)
        if exchange is None:
            raise ModelError(
                "protocol",
                f"replay: the run goes on where the record {self._replay.path} ends; it diverged earlier",
            )
        number, then = exchange.request.exchange, exchange.request.asked.kind
        now = kind_of(self._provider, prompt)
        if then != now:
            raise ModelError(
                "protocol",
                f"replay: request {number} is of another kind than the recorded one: "
                f"then {then!r}, now {now!r}; run with the prompt and the model of the record",
            )
        news = self._replay.news(exchange, self._dialect.encode(self._provider, prompt))
        if news is not None:
            yield Remark(news)
        if exchange.answer is None:
            raise ModelError("protocol", _stopped(number))
        client = self._make(_RecordedWire(exchange.answer))
        async with aclosing(client.stream(prompt)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """Nothing to give up."""


def _stopped(number: int) -> str:
    return f"replay: the recorded run was stopped at request {number}; there is no more to replay"


class _RecordedWire:
    """Gives one recorded answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[Response]:
        del url, headers, body, idle_timeout_seconds
        if self._answer.status is None:
            raise _ending(self._answer)
        yield _RecordedResponse(self._answer, self._answer.status)


class _RecordedResponse:
    """One recorded answer as it came, in one piece."""

    def __init__(self, answer: Answer, status: int) -> None:
        self._answer = answer
        self.status = status
        self.headers = answer.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._answer.content:
            yield self._answer.content
        if self._answer.ended != "complete":
            raise _ending(self._answer)

    async def read(self, limit_bytes: int) -> bytes:
        return self._answer.content[:limit_bytes]

    async def drain(self) -> None:
        return


def _ending(answer: Answer) -> Exception:
    if answer.failure is None:
        return ModelError("protocol", _stopped(answer.exchange))
    return HttpError(cast("HttpErrorKind", answer.failure.kind), answer.failure.message)
