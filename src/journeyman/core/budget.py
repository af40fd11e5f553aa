"""Budgets: how much a turn, a thread, a day or a goal may take, in tokens, money, time and steps.

Owns when one is used up and what is said then. They form a tree: what is spent in one place counts in all above
it, and the first that is used up stops everything below: before its next request, and where it is time, at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import reduce

import msgspec

from journeyman.protocol.usage import TokenUsage
from journeyman.store.ledger import Spent


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent; `tokens` without those that a provider read from its cache."""

    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    steps: int = 0

    def plus(self, other: Amount) -> Amount:
        """The sum."""
        return Amount(
            tokens=self.tokens + other.tokens,
            usd=self.usd + other.usd,
            seconds=self.seconds + other.seconds,
            steps=self.steps + other.steps,
        )


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be spent; None means no limit."""

    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    steps: int | None = None

    def used_up(self, spent: Amount) -> str | None:
        """Which limit is reached, as `1,200 of 1,000 tokens`; None while there is room."""
        pairs: tuple[tuple[float, float | None, str], ...] = (
            (spent.tokens, self.tokens, "{:,} of {:,} tokens"),
            (spent.usd, self.usd, "{:.4f} of {:.4f} dollars"),
            (spent.seconds, self.seconds, "{:,.0f} of {:,.0f} seconds"),
            (spent.steps, self.steps, "{:,} of {:,} steps"),
        )
        for used, limit, words in pairs:
            if limit is not None and used >= limit:
                return words.format(used, limit)
        return None


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets that the user set; a day is one of UTC, and of all threads of one home folder."""

    turn: Budget = Budget()
    thread: Budget = Budget()
    day: Budget = Budget()


class BudgetNode:
    """One budget with its place in the tree; `read` tells what was spent under it."""

    def __init__(
        self,
        name: str,
        budget: Budget,
        read: Callable[[], Amount],
        parent: BudgetNode | None = None,
        *,
        reads_all: bool = False,
    ) -> None:
        """`name` is the key in the configuration, such as `turn`.

        `reads_all` says that `read` tells of everything below, so that nothing is to be added.
        """
        self.name = name
        self.reads_all = reads_all
        self.budget = budget
        self.parent = parent
        self._read = read
        self._below = Amount()
        self._on_its_way: list[Amount] = []

    @property
    def spent(self) -> Amount:
        """What was spent here and below."""
        return self._read().plus(self._below)

    def add(self, amount: Amount) -> None:
        """Something was spent by a thread below this one, and so below all above it."""
        self._below = self._below.plus(amount)
        if self.parent is not None and not self.parent.reads_all:
            self.parent.add(amount)

    @property
    def has_limit(self) -> bool:
        """Whether anything is limited here."""
        return self.budget != Budget()

    def up(self) -> Iterator[BudgetNode]:
        """This budget and all above."""
        node: BudgetNode | None = self
        while node is not None:
            yield node
            node = node.parent

    def reserve(self, amount: Amount) -> Callable[[], None]:
        """Something is on its way to be spent here; returns what takes that back."""
        # One object stands for one request, even where two reserve the same.
        own = msgspec.structs.replace(amount)
        self._on_its_way.append(own)

        def take_back() -> None:
            self._on_its_way = [one for one in self._on_its_way if one is not own]

        return take_back

    def has_room(self, others: Sequence[Amount]) -> bool:
        """Whether something is left beside what is on its way; `others` tell of it where all is read."""
        on_its_way = others if self.reads_all else self._on_its_way
        spent = reduce(Amount.plus, on_its_way, self.spent)
        return not on_its_way or self.budget.used_up(spent) is None

    def used_up(self) -> str | None:
        """Why nothing more may be asked, for the user; None while this budget and all above have room."""
        reached = self.budget.used_up(self.spent) if self.has_limit else None
        if reached is not None:
            return self._refusal(reached)
        return self.parent.used_up() if self.parent else None

    def seconds_left(self) -> float:
        """How long this budget and all above leave, zero or less where one is used up; infinite without a limit."""
        limit = self.budget.seconds
        here = math.inf if limit is None else limit - self.spent.seconds
        return min(here, self.parent.seconds_left()) if self.parent else here

    def time_used_up(self) -> str | None:
        """As `used_up`, of time alone."""
        limit = Budget(seconds=self.budget.seconds)
        reached = None if limit.seconds is None else limit.used_up(self.spent)
        if reached is not None:
            return self._refusal(reached)
        return self.parent.time_used_up() if self.parent else None

    def _refusal(self, reached: str) -> str:
        return (
            f"the budget of this {self.name} is used up: {reached}. Raise it with -c budget.{self.name}.KEY=VALUE"
            f" or in [budget.{self.name}] of config.toml, or while it runs with /budget or journeyman/budget/set"
        )

    def limits_money(self) -> str | None:
        """The name of a budget in money, here or above."""
        if self.budget.usd is not None:
            return self.name
        return self.parent.limits_money() if self.parent else None


def amount_of(spent: Spent) -> Amount:
    """What the ledger's sum means for a budget."""
    return Amount(
        tokens=spent_tokens(spent.usage),
        usd=spent.cost_usd,
        seconds=spent.seconds,
        steps=spent.requests,
    )


def spent_tokens(usage: TokenUsage) -> int:
    """The tokens that count: all but those that were read from a provider's cache."""
    return max(0, usage.total_tokens - usage.cached_input_tokens)
