"""Budgets stop a turn before its next request, say how to go on, and count across threads and processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.core.budget import Amount, Budget, BudgetNode, Budgets
from journeyman.core.settings import ThreadSettings
from journeyman.core.spending import SpendingParts
from journeyman.models.prices import Price
from journeyman.protocol import spending, threads
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.methods import REQUEST_BY_NAME
from journeyman.store.ledger import Ledger
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import MoreParts, Stage, StageMaker

# Each request of the scripted model uses 12 tokens, and costs 3 cents.
PRICE = Price(input=1_000, output=10_000)


def run(number: int) -> list[Any]:
    return answer(calls("exec_command", {"cmd": "true"}, call_id=f"c{number}"))


def under(home: Path, price: Price | None = PRICE, **budgets: Budget) -> MoreParts:
    def adapt(settings: ThreadSettings) -> ThreadSettings:
        return msgspec.structs.replace(settings, budgets=Budgets(**budgets))

    parts = SpendingParts(ledger=Ledger(home), price_of=lambda _provider, _model: price)
    return MoreParts(adapt=adapt, spending=parts)


async def error_of(play: Stage, thread_id: str) -> str | None:
    turn = await play.app.run_turn(thread_id, "go")
    return turn.error.message if turn.error else None


async def ask(play: Stage, method: str, params: msgspec.Struct) -> Any:
    return await play.app.client.request(method, params, REQUEST_BY_NAME[method].response)


@pytest.mark.parametrize(
    ("budget", "reached"),
    [
        (Budget(tokens=13), "24 of 13 tokens"),
        (Budget(usd=0.04), "0.0600 of 0.0400 dollars"),
        (Budget(steps=2), "2 of 2 steps"),
    ],
)
async def test_turn_fails_before_the_request_after_its_budget(
    stage: StageMaker, tmp_path: Path, budget: Budget, reached: str
) -> None:
    answers = [run(1), run(2), answer(says("never asked"))]
    async with stage(answers, [Script()] * 2, **under(tmp_path, turn=budget)) as play:
        thread = (await play.app.start_thread()).id
        error = await error_of(play, thread)
        assert error is not None
        assert error.startswith(f"the budget of this turn is used up: {reached}. Raise it with -c")
        assert len(play.model.prompts) == 2


async def test_budget_of_a_turn_begins_anew_and_that_of_a_thread_outlives_the_process(
    stage: StageMaker, tmp_path: Path
) -> None:
    parts = under(tmp_path, turn=Budget(steps=1), thread=Budget(steps=3))
    done = answer(says("done"))
    async with stage([done, done], [], **parts) as play:
        thread = (await play.app.start_thread()).id
        assert await error_of(play, thread) is None
        assert await error_of(play, thread) is None
    async with stage([done, done], [], **parts) as play:
        await play.app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread))
        assert await error_of(play, thread) is None
        assert (await error_of(play, thread) or "").startswith("the budget of this thread")


async def test_three_threads_stop_together_under_one_day(stage: StageMaker, tmp_path: Path) -> None:
    parts = under(tmp_path, day=Budget(usd=0.08))
    answers = [run(number) for number in range(9)]
    async with stage(answers, [Script()] * 9, **parts) as one, stage(answers, [Script()] * 9, **parts) as two:  # fmt: skip
        ids = [(await play.app.start_thread()).id for play in (one, one, two)]
        turns = [
            (play, await play.app.start_turn(thread, "go"))
            for play, thread in zip((one, one, two), ids, strict=True)
        ]
        for play, turn in turns:
            ended = await play.app.wait_turn(turn.id)
            assert ended.error is not None
            assert ended.error.message.startswith("the budget of this day is used up")
    # Three requests reach it, whoever asks them; no thread has another on its way then.
    assert sum(entry.requests for entry in Ledger(tmp_path).entries()) == 3


async def test_budget_is_raised_while_the_turn_runs(stage: StageMaker, tmp_path: Path) -> None:
    parts = under(tmp_path, turn=Budget(tokens=12))
    waits = Script(output=(b"waiting\n",), runs_on=True)
    async with stage([run(1), answer(says("done"))], [waits], **parts) as play:
        thread = (await play.app.start_thread()).id
        limits = spending.BudgetLimits(tokens=100)
        params = spending.BudgetSetParams(thread_id=thread, scope="turn", limits=limits)
        turn = await play.app.start_turn(thread, "go")
        await play.app.wait_until(lambda: bool(play.launcher.processes))
        told = await ask(play, "journeyman/budget/set", params)
        assert told.turn.limits == limits
        await play.launcher.processes[0].close_stdin()
        assert (await play.app.wait_turn(turn.id)).status == "completed"
        state = await ask(
            play, "journeyman/budget/read", spending.BudgetReadParams(thread_id=thread)
        )
        assert (state.turn.spent.tokens, state.day.spent.steps) == (24, 2)
        negative = msgspec.structs.replace(params, limits=spending.BudgetLimits(usd=-1))
        with pytest.raises(RpcError, match="cannot be negative"):
            await ask(play, "journeyman/budget/set", negative)


async def test_budget_in_money_is_refused_where_the_price_is_unknown(
    stage: StageMaker, tmp_path: Path
) -> None:
    async with stage([], [], **under(tmp_path, None, day=Budget(usd=1))) as play:
        thread = (await play.app.start_thread()).id
        error = await error_of(play, thread)
        assert error is not None
        assert "the price of test/test-model is not known" in error
        assert 'models."test-model".price = {input' in error
        assert play.model.prompts == []


async def test_time_is_a_budget_too(stage: StageMaker, tmp_path: Path) -> None:
    async with stage([], [], **under(tmp_path, thread=Budget(seconds=0))) as play:
        error = await error_of(play, (await play.app.start_thread()).id)
        assert (error or "").startswith("the budget of this thread is used up: 0 of 0 seconds")
        assert play.model.prompts == []


async def test_what_is_spent_below_a_budget_counts_in_it_and_all_above(
    stage: StageMaker, tmp_path: Path
) -> None:
    above = BudgetNode("day", Budget(tokens=24), Amount)
    parent = BudgetNode("thread", Budget(), lambda: Amount(tokens=1), above)
    done = answer(says("done"))
    parts = under(tmp_path)
    parts["spending"] = SpendingParts(parent=parent)
    async with stage([done, done], [], **parts) as play:
        one, two = [(await play.app.start_thread()).id for _ in range(2)]
        assert await error_of(play, one) is None
        assert await error_of(play, two) is None
        assert parent.spent == Amount(tokens=25, steps=2, seconds=parent.spent.seconds)
        assert (await error_of(play, one) or "").startswith("the budget of this day is used up: 24")
