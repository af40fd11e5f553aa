"""Lets a request begin where the budgets have room for it beside those that are on their way.

Without it, several threads that spend of one budget would each find it not quite used up, and each go over. A
request waits for as long as only what is on its way keeps it from beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager

import msgspec

from journeyman.core.budget import Amount, BudgetNode
from journeyman.store.errors import StoreError
from journeyman.store.reservations import Reservations

_LOOK_AGAIN_SECONDS = 0.05
_decoder = msgspec.json.Decoder(Amount)


class Room:
    """The room that the requests of one thread find."""

    def __init__(self, day: Reservations | None, complain: Callable[[StoreError], None]) -> None:
        """`day` is shared with all processes of the home folder; where it fails, `complain` is told once."""
        self._day = day
        self._complain = complain

    @asynccontextmanager
    async def taken(
        self, budget: BudgetNode, guess: Callable[[], Amount], check: Callable[[], None]
    ) -> AsyncGenerator[None]:
        """Have room under `budget` for as long as this lasts; others count it as the `guess` meanwhile.

        `check` raises where nothing may begin any more.
        """
        with ExitStack() as stack:
            while not self._take(stack, budget, guess, check):  # noqa: ASYNC110 -- other processes set no event
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            yield

    def _take(
        self,
        stack: ExitStack,
        budget: BudgetNode,
        guess: Callable[[], Amount],
        check: Callable[[], None],
    ) -> bool:
        nodes = [node for node in budget.up() if node.has_limit]
        if not nodes:
            check()
            return True
        amount = guess()
        day = self._day if any(node.reads_all for node in nodes) else None
        try:
            with _looking(day) as others:
                if others is None:
                    return False
                check()
                if not all(node.has_room(others) for node in nodes):
                    return False
                if day is not None:
                    stack.callback(day.take(msgspec.json.encode(amount)))
        except StoreError as error:
            self._day = None
            self._complain(error)
            return False
        for node in nodes:
            stack.callback(node.reserve(amount))
        return True


@contextmanager
def _looking(day: Reservations | None) -> Generator[Sequence[Amount] | None]:
    """What is on its way of the day, while nobody else looks; None where somebody else does.

    Who ends writes to the ledger what was spent, and then gives back: read in the other order, it might be in
    neither.
    """
    if day is None:
        yield ()
        return
    with day.alone() as is_alone:
        yield [_decoder.decode(said) for said in day.held()] if is_alone else None
