"""What a thread spends: every request to a model is counted here, and only here, and written to the ledger.

Stands between the thread and its client, so that no cause of a request is forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec

from journeyman.core.journal import Journal
from journeyman.models.api import Finished, ModelClient, ModelError, Prompt, StreamEvent
from journeyman.models.prices import Price
from journeyman.protocol import spending as wire
from journeyman.protocol.usage import TokenUsage
from journeyman.store.errors import StoreError
from journeyman.store.ledger import Entry, Ledger, Outcome, Spent


def _no_price(_model: str) -> Price | None:
    return None


class SpendingParts(msgspec.Struct, frozen=True, kw_only=True):
    """What counting needs; `price_of` knows the models of the thread's provider.

    Without a `ledger` nothing is written, and what earlier processes spent is not known.
    """

    ledger: Ledger | None = None
    price_of: Callable[[str], Price | None] = _no_price


class Spending:
    """Counts for one thread."""

    def __init__(self, journal: Journal, provider: str, parts: SpendingParts) -> None:
        """Nothing is read before the first request; a thread without history has nothing in the ledger."""
        self._journal = journal
        self._provider = provider
        self._parts = parts
        self._is_broken = False
        self._thread: Spent | None = Spent() if not (journal.history and parts.ledger) else None
        self._turn = ("", Spent())
        self._last_end = journal.clock.monotonic()

    def counted(self, client: ModelClient) -> ModelClient:
        """A client that asks through `client` and counts."""
        return _CountedClient(client, self)

    def begin(self) -> None:
        """A request begins."""
        if self._turn[0] != self._journal.turn_id:
            self._turn = (self._journal.turn_id, Spent())
            self._last_end = self._journal.clock.monotonic()

    def end(self, prompt: Prompt, outcome: Outcome, answer: Finished | None = None) -> None:
        """It ended; `answer` where it was whole."""
        clock, model = self._journal.clock, prompt.settings.model
        served = answer and answer.model
        price = answer and self._price(served, model)
        usage = answer.usage if answer else TokenUsage()
        now = clock.monotonic()
        self._count(
            Entry(
                at=clock.now(),
                thread=self._journal.thread_id,
                turn=self._journal.turn_id,
                cause=prompt.cause,
                provider=self._provider,
                model=model,
                served_model=served,
                outcome=outcome,
                usage=usage,
                seconds=now - self._last_end,
                price=price,
                cost_usd=price and price.cost_usd(usage),
            )
        )
        self._last_end = now

    def _price(self, served: str | None, asked: str) -> Price | None:
        known = self._parts.price_of
        return (served and known(served)) or known(asked)

    def _count(self, entry: Entry) -> None:
        # Before it is written: or it would be counted twice.
        thread = self._earlier() if self._thread is None else self._thread
        self._thread = thread.plus(entry)
        self._turn = (self._turn[0], self._turn[1].plus(entry))
        self._write(entry)
        if entry.outcome == "completed":
            self._tell(entry)

    def _earlier(self) -> Spent:
        spent, thread_id = Spent(), self._journal.thread_id
        try:
            for entry in self._parts.ledger.entries() if self._parts.ledger else ():
                spent = spent.plus(entry) if entry.thread == thread_id else spent
        except StoreError as error:
            self._complain(error)
        return spent

    def _write(self, entry: Entry) -> None:
        if self._parts.ledger is None:
            return
        try:
            self._parts.ledger.append(entry)
        except StoreError as error:
            self._complain(error)

    def _complain(self, error: StoreError) -> None:
        # What cannot be counted is no reason to stop the work; once is enough.
        if not self._is_broken:
            self._is_broken = True
            self._journal.warn(f"jm usage will not know all of this thread: {error}")

    def _tell(self, entry: Entry) -> None:
        self._journal.notify(
            wire.UsageUpdatedNotification(
                thread_id=entry.thread,
                turn_id=entry.turn,
                cause=entry.cause,
                provider=entry.provider,
                model=entry.model,
                served_model=entry.served_model,
                usage=entry.usage,
                cost_usd=entry.cost_usd,
                turn=_shown(self._turn[1]),
                thread=_shown(self._thread or Spent()),
            )
        )


class _CountedClient:
    """See `ModelClient`."""

    def __init__(self, inner: ModelClient, spending: Spending) -> None:
        self._inner = inner
        self._spending = spending

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`."""
        self._spending.begin()
        outcome: Outcome | None = "cancelled"
        try:
            async with aclosing(self._inner.stream(prompt)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        outcome = None
                        self._spending.end(prompt, "completed", event)
                    yield event
        except ModelError:
            outcome = outcome and "failed"
            raise
        finally:
            if outcome is not None:
                self._spending.end(prompt, outcome)

    async def close(self) -> None:
        """See `ModelClient.close`."""
        await self._inner.close()


def _shown(spent: Spent) -> wire.Spending:
    answers = spent.requests - spent.unanswered
    return wire.Spending(
        requests=spent.requests,
        cost_usd=spent.cost_usd if answers > spent.unpriced else None,
        unpriced_requests=spent.unpriced,
    )
