"""Stops a turn in the middle of whatever it does, once a budget of time over it is used up.

What the turn's end settles is the turn's own; here is only when, and why. Budgets may be changed while it runs, and
other processes may spend of the same day, so that what is left is looked at again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from journeyman.clock import Clock
from journeyman.core.goals import Goals
from journeyman.core.spending import Spending
from journeyman.models.api import ModelError

_LOOK_AGAIN_SECONDS = 1.0


class Deadline:
    """Holds the turns of one thread to their time."""

    def __init__(self, clock: Clock, spending: Spending, goals: Goals) -> None:
        """Look at the budgets that `spending` counts for, and at that of the goal."""
        self._clock = clock
        self._spending = spending
        self._goals = goals

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[None]:
        """Let the work of a turn run inside for as long as there is time; counts the time as the turn's.

        Raises:
            ModelError: a budget was used up; what ran was cancelled.
        """
        began = self._clock.monotonic()
        with self._spending.turn_runs():
            timer = asyncio.timeout(None)
            watch = _Watch(timer, lambda: self._used_up(began))
            try:
                async with timer:
                    watch.look()
                    yield
            except TimeoutError as error:
                if watch.why is None:
                    raise
                raise ModelError("usage_limit_exceeded", watch.why) from error
            finally:
                watch.stop()

    def _used_up(self, began: float) -> str | float:
        """What is used up; else how many seconds are left."""
        of_goal = self._goals.seconds_left(self._clock.monotonic() - began)
        of_budgets = self._spending.turn.seconds_left()
        if of_goal <= 0 < of_budgets:
            return self._goals.run_out_of_time()
        return self._spending.turn.time_used_up() or min(of_goal, of_budgets)


class _Watch:
    """Looks how much time is left, and ends the timer when there is none."""

    def __init__(self, timer: asyncio.Timeout, used_up: Callable[[], str | float]) -> None:
        self.why: str | None = None
        self._timer = timer
        self._used_up = used_up
        self._next: asyncio.TimerHandle | None = None

    def look(self) -> None:
        loop, found = asyncio.get_running_loop(), self._used_up()
        if isinstance(found, str):
            self.why = found
            self._timer.reschedule(loop.time())
        else:
            self._next = loop.call_later(min(max(found, 0.0), _LOOK_AGAIN_SECONDS), self.look)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
