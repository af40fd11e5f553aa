"""A budget of time stops a turn in the middle of a call or a request; everything settles, and the time counts."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Literal

import pytest
from tests.cli.processes import alive
from tests.cli.server_parts import server_in

from journeyman.core.budget import Amount, Budget, BudgetNode
from journeyman.core.spending import SpendingParts
from journeyman.protocol import events, goals, spending
from journeyman.protocol.connection import Empty
from journeyman.protocol.turns import Turn
from journeyman.store.ledger import Ledger
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import Script
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step, run
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Stage, StageMaker

HANGS = Script(output=(b"waiting\n",), runs_on=True)
CALL = answer(calls("exec_command", {"cmd": "hang", "yield_time_ms": 600_000}, call_id="a"))


async def limit(
    app: AppServerHarness, thread: str, scope: Literal["turn", "thread", "day"]
) -> None:
    limits = spending.BudgetLimits(seconds=0.01)
    params = spending.BudgetSetParams(thread_id=thread, scope=scope, limits=limits)
    await app.client.request("journeyman/budget/set", params, spending.BudgetReadResponse)


async def hanging(play: Stage) -> tuple[str, Turn]:
    """A thread with its turn, which is in the middle of a call."""
    thread = (await play.app.start_thread()).id
    turn = await play.app.start_turn(thread, "go")
    await play.app.wait_for(events.CommandOutputDeltaNotification)
    return thread, turn


@pytest.mark.parametrize("scope", ["turn", "thread", "day"])
async def test_budget_of_time_stops_a_call_that_hangs(
    stage: StageMaker, tmp_path: Path, scope: Literal["turn", "thread", "day"]
) -> None:
    parts = SpendingParts(ledger=Ledger(tmp_path))
    async with stage([CALL, answer(says("next"))], [HANGS], spending=parts) as play:
        thread, turn = await hanging(play)
        await limit(play.app, thread, scope)
        ended = await play.app.wait_turn(turn.id)
        assert ended.status == "failed"
        assert ended.error is not None
        assert ended.error.message.startswith(f"the budget of this {scope} is used up: ")
        assert " seconds. Raise it with -c budget" in ended.error.message
        assert ended.error.codex_error_info == "usageLimitExceeded"
        assert play.completed()[-1] == ("commandExecution", "failed")
        assert play.launcher.processes[0].killed
        # A turn has its own time, a thread and a day have that of all turns.
        after = await play.app.run_turn(thread, "go on")
        assert after.status == ("completed" if scope == "turn" else "failed")


async def test_time_of_a_call_that_was_cut_off_counts_also_for_other_processes(
    stage: StageMaker, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path)
    async with stage([CALL], [HANGS], spending=SpendingParts(ledger=ledger)) as play:
        thread, turn = await hanging(play)
        budget = play.manager.get(thread).spending.turn
        budget.budget = Budget(seconds=budget.spent.seconds + 1.2)
        await play.app.wait_turn(turn.id)
    assert [(one.cause, one.requests) for one in ledger.entries()] == [("step", 1), ("rest", 0)]
    assert sum(one.seconds for one in ledger.entries()) >= 1.2


async def test_time_of_a_goal_stops_its_turn(stage: StageMaker) -> None:
    async with stage([CALL], [HANGS]) as play:
        thread, turn = await hanging(play)
        ahead = play.manager.get(thread).ahead
        ahead.goals.set(goals.ThreadGoalSetParams(thread_id=thread, objective="x"))
        params = goals.GoalTimeBudgetSetParams(thread_id=thread, time_budget_seconds=1)
        await play.app.client.request("journeyman/goal/timeBudget/set", params, Empty)
        ended = await play.app.wait_turn(turn.id)
        assert ended.error is not None
        assert ended.error.message.startswith(
            "the time budget of this thread's goal is used up: 1 of 1 seconds. Raise it with "
        )
        assert ahead.goals.goal is not None
        assert (ahead.goals.goal.status, ahead.goals.goal.time_used_seconds) == ("budgetLimited", 1)
        assert ahead.next_input() is None


def test_time_that_is_left_is_that_of_the_budgets_as_they_are_now() -> None:
    above = BudgetNode("day", Budget(seconds=50), lambda: Amount(seconds=10))
    node = BudgetNode("turn", Budget(seconds=20, tokens=0), lambda: Amount(seconds=5), above)
    assert (node.seconds_left(), node.time_used_up()) == (15, None)
    node.budget = Budget(seconds=100)
    assert node.seconds_left() == 40
    above.budget = Budget(seconds=10)
    assert (node.time_used_up() or "").startswith("the budget of this day is used up: 10 of 10")


async def test_processes_and_connections_are_gone_when_time_is_up(tmp_path: Path) -> None:
    marker = f"300.{os.getpid()}1"
    call = run(f"sleep {marker} & sleep {marker} & echo ready; wait", yield_time_ms=600_000)
    with MockProvider(Step(items=[call]), Step(items=[Say("never")], hang_after=2)) as provider:
        overrides = [
            'model="mock/gpt-5.5"',
            f'model_providers.mock={{base_url="{provider.base_url}"}}',
        ]
        async with server_in(tmp_path, overrides=overrides) as services, AppServerHarness(services.manager) as app:  # fmt: skip
            thread = (await app.start_thread()).id
            turn = await app.start_turn(thread, "x")
            await app.wait_for(events.CommandOutputDeltaNotification)
            await limit(app, thread, "turn")
            assert (await app.wait_turn(turn.id)).status == "failed"
            assert alive(marker) == []
            turn_node = app.manager.get(thread).spending.turn
            turn_node.budget = Budget()
            turn = await app.start_turn(thread, "y")
            await asyncio.to_thread(provider.hanging.wait)
            await limit(app, thread, "turn")
            assert (await app.wait_turn(turn.id)).status == "failed"
            assert await asyncio.to_thread(provider.client_gone.wait, 30)
