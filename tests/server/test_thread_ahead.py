"""The queue and the goal of a thread, as a client sees them: what follows on a turn, and what ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.models.api import Finished, ItemDone, StreamEvent
from journeyman.protocol import events, goals, queue, threads, turns
from journeyman.protocol.connection import Empty
from journeyman.protocol.history import FunctionCall, Message, OutputText, text_of
from journeyman.protocol.items import TextInput, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.methods import REQUEST_BY_NAME
from journeyman.protocol.usage import TokenUsage
from journeyman.store.threads import RolloutStore
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.stage import open_stage

USAGE = TokenUsage(input_tokens=90, output_tokens=10, total_tokens=100)


def says(text: str) -> list[StreamEvent]:
    message = Message(role="assistant", content=[OutputText(text)])
    return [ItemDone(message), Finished(usage=USAGE)]


def marks(status: str, call_id: str = "c1") -> list[StreamEvent]:
    call = FunctionCall(name="update_goal", arguments=f'{{"status":"{status}"}}', call_id=call_id)
    return [ItemDone(call), Finished(usage=USAGE)]


async def ask(app: AppServerHarness, method: str, params: msgspec.Struct) -> Any:
    """The answer to a request, of the type that the method table names."""
    return await app.client.request(method, params, REQUEST_BY_NAME[method].response)


async def add(app: AppServerHarness, thread_id: str, text: str) -> queue.QueuedSubmission:
    params = queue.ThreadQueueAddParams(
        thread_id=thread_id, client_user_message_id=text, input=[TextInput(text=text)]
    )
    return (await ask(app, "thread/queue/add", params)).queued_submission


def spoken(app: AppServerHarness) -> list[tuple[str | None, str]]:
    """What the user said, with the client's names for it."""
    items = [s.item for s in app.seen if isinstance(s, events.ItemCompletedNotification)]
    return [
        (item.client_id, part.text)
        for item in items
        if isinstance(item, UserMessageItem)
        for part in item.content
        if isinstance(part, TextInput)
    ]


async def entries(app: AppServerHarness, thread_id: str) -> list[str]:
    listed = await ask(app, "thread/queue/list", queue.ThreadQueueListParams(thread_id=thread_id))
    return [entry.client_user_message_id for entry in listed.data]


async def test_queue_is_edited_while_a_turn_runs_and_said_after_it(
    serve: Any, model: Any, tool: Any
) -> None:
    model.script = ["!c1", "first", "second", "third"]
    async with serve() as app:
        thread = (await app.start_thread()).id
        await app.start_turn(thread, "go")
        one, two, three = [await add(app, thread, text) for text in ("one", "two", "three")]
        order = queue.ThreadQueueReorderParams(
            thread_id=thread, queued_submission_ids=[three.id, two.id, one.id]
        )
        assert await ask(app, "thread/queue/reorder", order) == Empty()
        gone = queue.ThreadQueueDeleteParams(thread_id=thread, queued_submission_id=two.id)
        assert (await ask(app, "thread/queue/delete", gone)).deleted
        assert not (await ask(app, "thread/queue/delete", gone)).deleted
        better = queue.ThreadQueueUpdateParams(
            thread_id=thread, queued_submission_id=one.id, input=[TextInput(text="ONE")]
        )
        assert (await ask(app, "thread/queue/update", better)).queued_submission.id == one.id
        assert await entries(app, thread) == ["three", "one"]
        start = queue.ThreadQueueStartParams(thread_id=thread)
        with pytest.raises(RpcError, match="while a turn runs"):
            await ask(app, "thread/queue/start", start)
        with pytest.raises(RpcError, match="exactly once"):
            await ask(app, "thread/queue/reorder", order)
        with pytest.raises(RpcError, match="not found"):
            await ask(
                app,
                "thread/queue/update",
                msgspec.structs.replace(better, queued_submission_id=two.id),
            )
        tool.released.set()
        await app.wait_until(lambda: ended(app) == ["completed"] * 3)
        assert await entries(app, thread) == []
        with pytest.raises(RpcError, match="queue is empty"):
            await ask(app, "thread/queue/start", start)
    assert spoken(app) == [(None, "go"), ("three", "three"), ("one", "ONE")]


async def test_interrupted_turn_leaves_the_queue_and_a_restart_keeps_it(
    serve: Any, model: Any
) -> None:
    model.script = ["!c1", "said at last"]
    async with serve() as app:
        thread = (await app.start_thread()).id
        turn = await app.start_turn(thread, "go")
        await app.wait_for(events.ItemCompletedNotification)
        await add(app, thread, "later")
        await app.client.turn_interrupt(
            turns.TurnInterruptParams(thread_id=thread, turn_id=turn.id)
        )
        assert (await app.wait_turn(turn.id)).status == "interrupted"
        assert await entries(app, thread) == ["later"]
    async with serve() as app:
        await app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread))
        assert await entries(app, thread) == ["later"]
        began = await ask(app, "thread/queue/start", queue.ThreadQueueStartParams(thread_id=thread))
        assert (await app.wait_turn(began.turn.id)).status == "completed"
    assert spoken(app) == [("later", "later")]


async def test_entry_is_said_at_once_where_no_turn_runs(serve: Any, model: Any) -> None:
    model.script = ["at once"]
    async with serve() as app:
        thread = (await app.start_thread()).id
        await add(app, thread, "now")
        await app.wait_for(events.TurnCompletedNotification)
    assert spoken(app) == [("now", "now")]


def goal_of(app: AppServerHarness) -> list[tuple[str, int]]:
    """Each state of the goal that was told: its status, and the tokens spent."""
    told = [s.goal for s in app.seen if isinstance(s, goals.ThreadGoalUpdatedNotification)]
    return [(goal.status, goal.tokens_used) for goal in told]


def ended(app: AppServerHarness) -> list[str]:
    """How each turn ended."""
    return [s.turn.status for s in app.seen if isinstance(s, events.TurnCompletedNotification)]


async def set_goal(app: AppServerHarness, thread_id: str, **members: Any) -> goals.ThreadGoal:
    params = goals.ThreadGoalSetParams(thread_id=thread_id, **members)
    return (await ask(app, "thread/goal/set", params)).goal


async def test_goal_is_worked_on_until_the_model_says_it_is_complete(tmp_path: Path) -> None:
    answers = [says("one"), marks("complete"), says("reached")]
    async with open_stage(tmp_path, answers) as stage:
        app = stage.app
        thread = (await app.start_thread()).id
        goal = await set_goal(app, thread, objective=" All tests pass ", token_budget=1_000)
        assert (goal.objective, goal.status, goal.token_budget) == (
            "All tests pass",
            "active",
            1000,
        )
        await app.wait_until(lambda: ended(app) == ["completed", "completed"])
        now = await ask(app, "thread/goal/get", goals.ThreadGoalGetParams(thread_id=thread))
        assert (now.goal.status, now.goal.tokens_used) == ("complete", 200)
        told = goal_of(app)
        assert told[0] == ("active", 0)
        assert told[-1] == ("complete", 200)
        [asked] = [
            text_of(item.content)
            for item in stage.model.prompts[0].history
            if isinstance(item, Message) and "<thread_goal>" in text_of(item.content)
        ]
        assert "All tests pass" in asked
        assert [tool.name for tool in stage.model.prompts[0].tools][-1] == "update_goal"
        clear = goals.ThreadGoalClearParams(thread_id=thread)
        assert (await ask(app, "thread/goal/clear", clear)).cleared
        assert not (await ask(app, "thread/goal/clear", clear)).cleared


async def test_goal_stops_at_its_budget_with_a_last_word(tmp_path: Path) -> None:
    answers = [says("one"), says("what is left")]
    async with open_stage(tmp_path, answers) as stage:
        app = stage.app
        thread = (await app.start_thread()).id
        await set_goal(app, thread, objective="x", token_budget=100)
        await app.wait_until(lambda: ended(app) == ["completed"])
        assert goal_of(app)[-1] == ("budgetLimited", 100)
        last = [item for item in stage.model.prompts[-1].history if isinstance(item, Message)]
        assert "budget of this thread's goal is used up" in text_of(last[-1].content)


async def test_goal_is_blocked_when_the_model_only_talks(tmp_path: Path) -> None:
    async with open_stage(tmp_path, [says("I will")] * 3) as stage:
        thread = (await stage.app.start_thread()).id
        await set_goal(stage.app, thread, objective="x")
        await stage.app.wait_until(lambda: ended(stage.app) == ["completed"] * 3)
        assert goal_of(stage.app)[-1] == ("blocked", 300)


async def test_goal_pauses_when_the_user_interrupts_and_is_kept(
    serve: Any, model: Any, tmp_path: Path
) -> None:
    model.script = ["!c1"]
    async with serve() as app:
        thread = (await app.start_thread()).id
        await set_goal(app, thread, objective="x")
        await app.wait_for(events.TurnStartedNotification)
        [turn] = [s.turn for s in app.seen if isinstance(s, events.TurnStartedNotification)]
        await app.client.turn_interrupt(
            turns.TurnInterruptParams(thread_id=thread, turn_id=turn.id)
        )
        await app.wait_turn(turn.id)
    recorded = RolloutStore(tmp_path / "home").read(thread)
    assert recorded.ahead is not None
    assert recorded.ahead.goal is not None
    assert recorded.ahead.goal.status == "paused"


async def test_time_that_is_used_up_stops_a_goal(tmp_path: Path) -> None:
    async with open_stage(tmp_path, [says("one")]) as stage:
        app = stage.app
        thread = (await app.start_thread()).id
        await set_goal(app, thread, objective="x", status="paused")
        limit = goals.GoalTimeBudgetSetParams(thread_id=thread, time_budget_seconds=1)
        assert await ask(app, "journeyman/goal/timeBudget/set", limit) == Empty()
        ahead = app.manager.get(thread).ahead
        ahead.goals.set(goals.ThreadGoalSetParams(thread_id=thread, status="active"))
        slow = turns.Turn(id="t", status="completed", duration_ms=1_500)
        ahead.settle(slow)
        assert ahead.next_input() is None
        await app.wait_until(lambda: goal_of(app)[-1][0] == "budgetLimited")
        bad = msgspec.structs.replace(limit, time_budget_seconds=0)
        with pytest.raises(RpcError, match="must be positive"):
            await ask(app, "journeyman/goal/timeBudget/set", bad)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, "no goal exists"),
        ({"status": "paused"}, "no goal exists"),
        ({"objective": "  "}, "must not be empty"),
        ({"objective": "x" * 4_001}, "at most 4000 characters"),
        ({"objective": "x", "token_budget": 0}, "must be positive"),
        ({"objective": "x", "token_budget": -1}, "must be positive"),
    ],
)
async def test_goal_that_makes_no_sense_is_refused(
    serve: Any, members: dict[str, Any], told: str
) -> None:
    async with serve() as app:
        thread = (await app.start_thread()).id
        with pytest.raises(RpcError, match=told):
            await set_goal(app, thread, **members)
