"""What a thread spends: every request to a model is counted here, and only here, and written to the ledger.

Stands between the thread and its client, so that no cause of a request is forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial

import msgspec

from journeyman.core.budget import Amount, BudgetNode, amount_of
from journeyman.core.cache_watch import CacheWatch
from journeyman.core.journal import Journal
from journeyman.core.room import Room
from journeyman.core.settings import ThreadSettings
from journeyman.core.usage_meter import estimate
from journeyman.models.api import (
    Cause,
    Finished,
    ModelClient,
    ModelError,
    ModelSettings,
    Prompt,
    StreamEvent,
)
from journeyman.models.prices import Price
from journeyman.protocol import spending as wire
from journeyman.protocol.usage import TokenUsage
from journeyman.store.errors import StoreError
from journeyman.store.ledger import Entry, Ledger, Outcome, Spent

# Of an answer that nothing is known of yet.
_GUESSED_OUTPUT = 1_000
_STEPS: frozenset[Cause] = frozenset(("step", "small_step"))
# Less is not worth a line.
_REST_SECONDS = 1.0


def _no_price(_provider: str, _model: str) -> Price | None:
    return None


class SpendingParts(msgspec.Struct, frozen=True, kw_only=True):
    """What counting needs; `price_of` knows a model by its provider's id and its name.

    Without a `ledger` nothing is known of other threads and earlier processes, nor do they hear of this one.
    `parent` is a budget above those of the thread, such as that of another thread.
    """

    ledger: Ledger | None = None
    parent: BudgetNode | None = None
    price_of: Callable[[str, str], Price | None] = _no_price


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request on its way: what it says, and the turn that it belongs to."""

    prompt: Prompt
    turn_id: str

    @property
    def is_of_turn(self) -> bool:
        """Whether the turn's budget pays for it; a title comes after the turn, perhaps while the next one runs."""
        return self.prompt.cause != "title"


class Spending:
    """Counts for one thread, and stops it where a budget is used up.

    Attributes:
        turn, thread, day: the budgets, in this order below one another.
    """

    def __init__(self, journal: Journal, settings: ThreadSettings, parts: SpendingParts) -> None:
        """Nothing is read before the first request; a thread without history has nothing in the ledger."""
        self._journal = journal
        self._provider = settings.provider
        self._model = settings.model.model
        self._served_by = self._small_by = ""
        self._cache = CacheWatch()
        self._parts = parts
        self._is_broken = False
        self._earlier = None if journal.history and parts.ledger else Spent()
        self._since = Spent()
        self._last: Amount | None = None
        day = parts.ledger.reservations() if parts.ledger else None
        self._room = Room(day, self._complain)
        self._is_running = False
        self._of_turn = Spent()
        self._last_end = journal.clock.monotonic()
        self._day = parts.ledger.day() if parts.ledger else None
        budgets = settings.budgets
        reads_all = parts.ledger is not None
        self.day = BudgetNode("day", budgets.day, self._today, reads_all=reads_all)
        self.thread = BudgetNode(
            "thread", budgets.thread, lambda: self._running(self._whole()), parts.parent or self.day
        )
        self.turn = BudgetNode(
            "turn", budgets.turn, lambda: self._running(self._of_turn), self.thread
        )

    def counted(self, client: ModelClient) -> ModelClient:
        """A client that asks through `client` and counts."""
        return _CountedClient(client, self)

    @contextmanager
    def turn_runs(self) -> Generator[None]:
        """A turn runs for as long as this lasts, and its time counts."""
        self._of_turn, self._is_running = Spent(), True
        self._take_time()
        try:
            yield
        except BaseException:
            self._count_rest(self._take_time())
            raise
        finally:
            self._is_running = False

    @asynccontextmanager
    async def asking(self, prompt: Prompt) -> AsyncGenerator[Asked]:
        """A request, with what it is for, runs inside, as soon as the budgets have room for it.

        Raises:
            ModelError: a budget is used up, or cannot be kept.
        """
        if self._journal.is_aside and prompt.cause in _STEPS:
            prompt = msgspec.structs.replace(prompt, cause="review")
        asked = Asked(prompt=prompt, turn_id=self._journal.turn_id)
        budget = self.turn if asked.is_of_turn else self.thread
        if asked.is_of_turn:
            self._model = prompt.settings.model
        guess, check = partial(self._guess, prompt), partial(self._check, budget, prompt.settings)
        async with self._room.taken(budget, guess, check):
            yield asked

    def _check(self, budget: BudgetNode, settings: ModelSettings) -> None:
        model, tier, why = settings.model, settings.service_tier, budget.used_up()
        price = self._parts.price_of(self._provider, model)
        is_priced = price and price.factor(asked=tier, served=None) and not self._since.unpriced
        if why is None and (name := budget.limits_money()) and not is_priced:
            price = "{input = 1.0, output = 2.0}"
            in_tier = f' in the service tier "{tier}"' if tier else ""
            why = (
                f"the budget of this {name} is in dollars, but the price of {self._provider}/{model}{in_tier} is not known."
                f' Set models."{model}".price = {price} in config.toml (dollars per million tokens), or limit tokens'
            )
        if why is not None:
            raise ModelError("usage_limit_exceeded", why)

    def _guess(self, prompt: Prompt) -> Amount:
        """About what a request will take: as much as the thread's last one, else as its prompt lets expect."""
        if self._last is not None:
            return self._last
        usage = TokenUsage(input_tokens=estimate(prompt.history), output_tokens=_GUESSED_OUTPUT)
        price = self._parts.price_of(self._provider, prompt.settings.model)
        tokens = usage.input_tokens + usage.output_tokens
        return Amount(tokens=tokens, usd=price.cost_usd(usage) if price else 0.0, steps=1)

    def end(self, asked: Asked, outcome: Outcome, answer: Finished | None = None) -> None:
        """It ended; `answer` where it was whole."""
        clock, prompt, model = self._journal.clock, asked.prompt, asked.prompt.settings.model
        served = answer and answer.model
        provider = (answer and answer.provider) or self._provider
        usage = answer.usage if answer else TokenUsage()
        price = answer and self._price(provider, prompt.settings, answer)
        seconds = self._take_time() if asked.is_of_turn else 0.0
        self._count(
            Entry(
                at=clock.now(),
                thread=self._journal.thread_id,
                turn=asked.turn_id,
                cause=prompt.cause,
                provider=provider,
                model=model,
                served_model=served,
                outcome=outcome,
                usage=usage,
                seconds=seconds,
                price=price,
                cost_usd=price and price.cost_usd(usage),
            ),
            of_turn=asked.is_of_turn,
        )
        if answer and prompt.cause in _STEPS:
            self._watch(f"{provider}/{served or model}", usage, price, prompt.cause)

    def _take_time(self) -> float:
        """The turn's time since its last request."""
        before, self._last_end = self._last_end, self._journal.clock.monotonic()
        return self._last_end - before

    def _count_rest(self, seconds: float) -> None:
        """What a turn that was stopped took after its last request: perhaps it was in the middle of a call."""
        if seconds < _REST_SECONDS:
            return
        rest = Entry(
            at=self._journal.clock.now(),
            thread=self._journal.thread_id,
            turn=self._journal.turn_id,
            cause="rest",
            provider=self._provider,
            model=self._model,
            requests=0,
            seconds=seconds,
        )
        self._count(rest, of_turn=True)

    def _watch(self, served_by: str, usage: TokenUsage, price: Price | None, cause: Cause) -> None:
        """Tell who serves where that changed, and what it costs where the cached prompt is lost."""
        if served_by == self._small_by:
            # It has a cache of its own, and was named before.
            return
        before, own = self._served_by, f"{self._provider}/"
        if cause == "small_step" and served_by != before:
            self._small_by = served_by
            self._journal.warn(f"{served_by} answers small steps from now on.")
            return
        self._served_by = served_by
        if before != served_by and (before or not served_by.startswith(own)):
            instead = f" instead of {before}" if before else ""
            self._journal.warn(f"{served_by} answers from now on{instead}.")
        now = self._journal.clock.monotonic()
        if warning := self._cache.see(served_by, usage, price, now):
            self._journal.warn(warning)

    def _price(self, provider: str, asked: ModelSettings, answer: Finished) -> Price | None:
        """What an answer's tokens cost; the settings are those that the thread's own model was asked with."""
        known, served = self._parts.price_of, answer.model
        price = (served and known(provider, served)) or known(provider, asked.model)
        tier = asked.service_tier if provider == self._provider else None
        factor = price and price.factor(asked=tier, served=answer.service_tier)
        return price.of(answer.usage, factor) if price and factor else None

    def _count(self, entry: Entry, *, of_turn: bool) -> None:
        # What was spent before is read first: it would count this one, too.
        self._whole()
        self._since = self._since.plus(entry)
        if of_turn:
            self._of_turn = self._of_turn.plus(entry)
        if self._parts.parent is not None:
            self._parts.parent.add(amount_of(Spent().plus(entry)))
        self._write(entry)
        if entry.outcome == "completed" and entry.requests:
            self._last = msgspec.structs.replace(amount_of(Spent().plus(entry)), seconds=0.0)
            self._tell(entry)

    def _whole(self) -> Spent:
        """All that the thread spent."""
        if self._earlier is None:
            self._earlier = self._read_earlier()
        return self._earlier.joined(self._since)

    def _read_earlier(self) -> Spent:
        spent, thread_id = Spent(), self._journal.thread_id
        try:
            for entry in self._parts.ledger.of_thread(thread_id) if self._parts.ledger else ():
                spent = spent.plus(entry)
        except StoreError as error:
            self._complain(error)
        return spent

    def _running(self, spent: Spent) -> Amount:
        """With the time since the last request: that of the tools."""
        idle = self._journal.clock.monotonic() - self._last_end
        return amount_of(spent).plus(Amount(seconds=idle if self._is_running else 0.0))

    def _today(self) -> Amount:
        today = Spent()
        try:
            if self._day is not None:
                today = self._day.spent(self._journal.clock.now())
        except StoreError as error:
            self._complain(error)
        if self._parts.ledger is None or self._is_broken:
            today = today.joined(self._since)
        return self._running(today)

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
                turn=_shown(self._of_turn),
                thread=_shown(self._whole()),
            )
        )


class _CountedClient:
    """See `ModelClient`."""

    def __init__(self, inner: ModelClient, spending: Spending) -> None:
        self._inner = inner
        self._spending = spending

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`."""
        async with self._spending.asking(prompt) as asked, aclosing(self._stream(asked)) as events:
            async for event in events:
                yield event

    async def _stream(self, asked: Asked) -> AsyncGenerator[StreamEvent]:
        outcome: Outcome | None = "cancelled"
        try:
            async with aclosing(self._inner.stream(asked.prompt)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        outcome = None
                        self._spending.end(asked, "completed", event)
                    yield event
        except ModelError:
            outcome = outcome and "failed"
            raise
        finally:
            if outcome is not None:
                self._spending.end(asked, outcome)

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
