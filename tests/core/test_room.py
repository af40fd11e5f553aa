"""Requests that spend of one budget begin only where there is room beside those on their way, in any process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from journeyman.core.budget import Amount, Budget, BudgetNode
from journeyman.core.room import Room
from journeyman.models.api import ModelError
from journeyman.store.errors import StoreError
from journeyman.store.reservations import Reservations

EACH = Amount(tokens=10, steps=1)


def never(error: StoreError) -> None:
    raise AssertionError from error


class Spender:
    """A budget of 25 tokens under which every request takes 10."""

    def __init__(self, *, shared: bool = False) -> None:
        self.spent = Amount()
        self.node = BudgetNode("day", Budget(tokens=25), lambda: self.spent, reads_all=shared)
        self.most = self.running = 0

    def check(self) -> None:
        if self.node.used_up():
            raise ModelError("usage_limit_exceeded", "used up")

    async def ask(self, room: Room) -> None:
        async with room.taken(self.node, lambda: EACH, self.check):
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.running -= 1
            self.spent = self.spent.plus(EACH)


@pytest.mark.parametrize("shared", [False, True])
async def test_ten_requests_at_once_go_over_by_one_at_most(tmp_path: Path, *, shared: bool) -> None:
    spender = Spender(shared=shared)
    rooms = [Room(Reservations(tmp_path) if shared else None, never) for _ in range(10)]
    ended = await asyncio.gather(*map(spender.ask, rooms), return_exceptions=True)
    assert [type(one) for one in ended if one] == [ModelError] * 7
    # The third begins beside two that leave room, and goes over; the others wait, and then there is none.
    assert (spender.spent.tokens, spender.most) == (30, 3)


async def test_request_that_is_given_up_makes_room(tmp_path: Path) -> None:
    spender, day = Spender(shared=True), Reservations(tmp_path)
    spender.spent = Amount(tokens=20)
    async with Room(day, never).taken(spender.node, lambda: EACH, spender.check):
        waiting = asyncio.create_task(spender.ask(Room(day, never)))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert len(day.held()) == 1
    await waiting
    assert (spender.spent.tokens, day.held()) == (30, [])


def test_reservation_of_a_killed_process_is_none(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from journeyman.store.reservations import Reservations;"
        "Reservations(Path(sys.argv[1])).take(b'{}'); print('taken', flush=True); time.sleep(600)"
    )
    day = Reservations(tmp_path)
    with day.alone() as is_alone:
        assert is_alone
        with Reservations(tmp_path).alone() as is_second:
            assert not is_second
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"taken\n"
        assert day.held() == [b"{}"]
        os.kill(other.pid, signal.SIGKILL)
    assert day.held() == []
    assert list(tmp_path.glob("*.json")) == []


async def test_where_nothing_can_be_reserved_requests_begin_and_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[StoreError] = []
    spender = Spender(shared=True)
    room = Room(Reservations(tmp_path / "file"), told.append)
    await spender.ask(room)
    await spender.ask(room)
    assert (spender.spent.tokens, len(told)) == (20, 1)
