"""The invariants catch each way to break them."""

from __future__ import annotations

import pytest

from journeyman.protocol import events
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
    OutputText,
)
from journeyman.protocol.items import AgentMessageItem, CommandExecutionItem, RunStatus
from journeyman.protocol.threads import Active, Idle, ThreadStatus
from journeyman.protocol.turns import Turn, TurnError, TurnStatus
from journeyman.testing.invariants import (
    InvariantError,
    check_history,
    check_replay,
    check_stream,
)


def status(value: ThreadStatus) -> events.Notification:
    return events.ThreadStatusChangedNotification(thread_id="t", status=value)


def command(value: RunStatus, item_id: str = "c") -> CommandExecutionItem:
    return CommandExecutionItem(id=item_id, command="ls", cwd="/", status=value)


def started(item_id: str = "c", turn_id: str = "u") -> events.Notification:
    item = command("inProgress", item_id)
    return events.ItemStartedNotification(
        thread_id="t", turn_id=turn_id, item=item, started_at_ms=0
    )


def completed(value: RunStatus = "completed", turn_id: str = "u") -> events.Notification:
    return events.ItemCompletedNotification(
        thread_id="t", turn_id=turn_id, item=command(value), completed_at_ms=0
    )


def delta(item_id: str = "c") -> events.Notification:
    return events.CommandOutputDeltaNotification(
        thread_id="t", turn_id="u", item_id=item_id, delta="x"
    )


def ended(value: TurnStatus = "completed", error: TurnError | None = None) -> events.Notification:
    turn = Turn(id="u", status=value, error=error)
    return events.TurnCompletedNotification(thread_id="t", turn=turn)


ACTIVE, IDLE = status(Active()), status(Idle())
BEGUN = events.TurnStartedNotification(thread_id="t", turn=Turn(id="u", status="inProgress"))
GOOD = [ACTIVE, BEGUN, started(), delta(), completed(), IDLE, ended()]


def test_stream_in_order_passes() -> None:
    check_stream(GOOD)
    check_stream([ACTIVE, BEGUN, IDLE, ended("failed", TurnError(message="x"))])


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ([BEGUN], "starts while the thread is not active"),
        ([ACTIVE, BEGUN, BEGUN], "starts while another runs"),
        ([*GOOD, ACTIVE, BEGUN], "turn u starts twice"),
        ([ACTIVE, started()], "item c comes while turn u does not run"),
        ([ACTIVE, BEGUN, started(turn_id="v")], "turn v does not run"),
        ([ACTIVE, BEGUN, started(), started()], "'c' starts twice"),
        ([ACTIVE, BEGUN, started(), completed(), started()], "'c' starts twice"),
        ([ACTIVE, BEGUN, started("")], "'' starts twice"),
        ([ACTIVE, BEGUN, completed()], "completes without being open"),
        ([ACTIVE, BEGUN, started(), completed(), completed()], "completes without being open"),
        ([ACTIVE, BEGUN, started(), completed(turn_id="v")], "in another turn"),
        ([ACTIVE, BEGUN, started(), completed("inProgress")], "completes as inProgress"),
        ([ACTIVE, BEGUN, delta()], "delta comes while item c is not open"),
        ([ACTIVE, BEGUN, started(), completed(), delta()], "delta comes while item c is not open"),
        ([ACTIVE, BEGUN, started(), IDLE, ended()], r"completes before its items \['c'\]"),
        ([ACTIVE, BEGUN, ended()], "completes before the thread is idle"),
        ([ACTIVE, BEGUN, IDLE, ended("inProgress")], "turn u completes as inProgress"),
        ([ACTIVE, BEGUN, IDLE, ended("failed")], "is failed with error None"),
        ([*GOOD, started("d")], "item d comes while turn u does not run"),
        ([*GOOD, ended()], "turn/completed comes while turn u does not run"),
    ],
)
def test_broken_stream_is_caught(stream: list[events.Notification], text: str) -> None:
    with pytest.raises(InvariantError, match=text):
        check_stream(stream)


USER = Message(role="user", content=[InputText("u")])
SAID = Message(role="assistant", content=[OutputText("s")])


def call(call_id: str) -> FunctionCall:
    return FunctionCall(name="f", arguments="{}", call_id=call_id)


def output(call_id: str) -> FunctionCallOutput:
    return FunctionCallOutput(call_id=call_id, output="o")


def test_history_with_every_call_answered_passes() -> None:
    check_history([USER, call("a"), SAID, call("b"), output("b"), output("a"), SAID])
    check_history([call("a"), output("a"), call("a"), output("a")])


@pytest.mark.parametrize(
    ("history", "text"),
    [
        ([call("a")], r"the calls \['a'\] have no output"),
        ([output("a")], "answers 'a', which no open call has"),
        ([call("a"), output("a"), output("a")], "answers 'a', which no open call has"),
        ([call("a"), USER, output("a")], "before the outputs of"),
        ([call("a"), call("b"), output("b"), SAID, output("a")], "before the outputs of"),
        ([call("a"), call("a")], "repeats the open call 'a'"),
    ],
)
def test_broken_history_is_caught(history: list[HistoryItem], text: str) -> None:
    with pytest.raises(InvariantError, match=text):
        check_history(history)


RECORDED = Turn(id="u", status="completed", items=[command("completed")])


def test_rollout_that_tells_the_same_passes() -> None:
    check_replay(GOOD, [Turn(id="earlier", status="interrupted"), RECORDED])


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        ([], "turn u is not in the rollout"),
        ([Turn(id="u", status="interrupted")], "is completed live, interrupted in the rollout"),
        ([Turn(id="u", status="completed")], "the items of turn u differ"),
        ([Turn(id="u", status="completed", items=[AgentMessageItem(id="c", text="")])], "differ"),
    ],
)
def test_rollout_that_tells_another_story_is_caught(turns: list[Turn], text: str) -> None:
    with pytest.raises(InvariantError, match=text):
        check_replay(GOOD, turns)
