"""The loop: how a turn goes on, and the ways it ends. The harness asserts the invariants in each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from journeyman.core.fragments import INTERRUPTED
from journeyman.models.api import ModelError, Retrying, ToolSpec
from journeyman.protocol import events, threads
from journeyman.protocol.history import Message, text_of
from journeyman.protocol.items import TextInput, ThreadItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.threads import ThreadStartParams
from journeyman.protocol.turns import TurnInterruptParams, TurnStartParams, TurnSteerParams
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says, thinks
from journeyman.testing.stage import StageMaker
from journeyman.tools.api import ApprovalNeed, Scope, ToolCall, ToolContext, ToolOutput


async def test_turn_streams_reasoning_and_message_and_counts_tokens(stage: StageMaker) -> None:
    async with stage([answer(thinks("hm"), says("hello"))]) as it:
        turn = await it.app.run_turn((await it.app.start_thread()).id, "hi")
        assert (turn.status, turn.items_view) == ("completed", "summary")
        assert it.completed() == [
            ("userMessage", None),
            ("reasoning", None),
            ("agentMessage", None),
        ]
        deltas = [
            seen.delta
            for seen in it.app.seen
            if isinstance(seen, events.AgentMessageDeltaNotification)
        ]
        assert deltas == ["hel", "lo"]
        usage = [
            seen for seen in it.app.seen if isinstance(seen, events.TokenUsageUpdatedNotification)
        ]
        assert usage[-1].token_usage.total.total_tokens == 12


async def test_turn_runs_calls_until_the_model_stops_asking(stage: StageMaker) -> None:
    answers = [
        answer(calls("exec_command", {"cmd": "ls"}, call_id="a")),
        answer(calls("exec_command", {"cmd": "cat x"}, call_id="b")),
        answer(says("done")),
    ]
    async with stage(answers, [Script(output=(b"x\n",)), Script(exit_code=1)]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "look")
        assert [command.argv[-1] for command, _ in it.launcher.launched] == ["ls", "cat x"]
        assert it.completed()[1:3] == [
            ("commandExecution", "completed"),
            ("commandExecution", "failed"),
        ]
        assert "x\n" in it.outputs()["a"]
        assert "exited with code 1" in it.outputs()["b"]


async def test_prompt_only_grows_at_its_end(stage: StageMaker) -> None:
    answers = [answer(calls("exec_command", {"cmd": "ls"}, call_id="a")), answer(says("done"))]
    async with stage([*answers, answer(says("again"))], [Script()]) as it:
        thread = await it.app.start_thread()
        await it.app.run_turn(thread.id, "one")
        await it.app.run_turn(thread.id, "two")
        first, second, third = (list(prompt.history) for prompt in it.model.prompts)
        assert second[: len(first)] == first
        assert third[: len(second)] == second
        assert (
            len(
                {
                    tuple(prompt.tools) == tuple(it.model.prompts[0].tools)
                    for prompt in it.model.prompts
                }
            )
            == 1
        )


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("exec_command", '{"cmd": "ls', "not a JSON object"),
        ("exec_command", {"command": "ls"}, "cmd"),
        ("no_such_tool", {}, "unsupported call: no_such_tool"),
        ("write_stdin", {"session_id": 99}, "99"),
    ],
)
async def test_broken_call_goes_back_to_the_model_and_runs_nothing(
    stage: StageMaker, name: str, arguments: dict[str, Any] | str, said: str
) -> None:
    async with stage([answer(calls(name, arguments, call_id="a")), answer(says("sorry"))]) as it:
        turn = await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert turn.status == "completed"
        assert it.launcher.launched == []
        assert said in it.outputs()["a"]


async def test_interrupt_kills_the_command_and_settles_everything(stage: StageMaker) -> None:
    answers = [
        answer(
            calls("exec_command", {"cmd": "sleep 1"}, call_id="a"),
            calls("update_plan", {"plan": []}, call_id="b"),
        ),
        answer(says("back again")),
    ]
    async with stage(answers, [Script(output=(b"begun",), runs_on=True)]) as it:
        thread = await it.app.start_thread()
        turn = await it.app.start_turn(thread.id, "go")
        await it.app.wait_for(events.CommandOutputDeltaNotification)
        await it.app.client.turn_interrupt(
            TurnInterruptParams(thread_id=thread.id, turn_id=turn.id)
        )
        assert (await it.app.wait_turn(turn.id)).status == "interrupted"
        assert it.launcher.running() == []
        assert it.completed()[-1] == ("commandExecution", "failed")
        await it.app.run_turn(thread.id, "go on")
        assert set(it.outputs()) == {"a", "b"}
        said = [
            text_of(item.content)
            for item in it.model.prompts[-1].history
            if isinstance(item, Message)
        ]
        assert INTERRUPTED in said


async def test_steered_input_reaches_the_next_step(stage: StageMaker) -> None:
    answers = [answer(calls("exec_command", {"cmd": "cat"}, call_id="a")), answer(says("done"))]
    async with stage(answers, [Script(output=(b"begun",), runs_on=True)]) as it:
        thread = await it.app.start_thread()
        turn = await it.app.start_turn(thread.id, "go")
        await it.app.wait_for(events.CommandOutputDeltaNotification)
        steer = TurnSteerParams(
            thread_id=thread.id, expected_turn_id=turn.id, input=[TextInput(text="and hurry")]
        )
        assert (await it.app.client.turn_steer(steer)).turn_id == turn.id
        again = TurnStartParams(thread_id=thread.id, input=[TextInput(text="also this")])
        assert (await it.app.client.turn_start(again)).turn.id == turn.id
        await it.launcher.processes[0].close_stdin()
        await it.app.wait_turn(turn.id)
        said = [
            text_of(item.content)
            for item in it.model.prompts[1].history
            if isinstance(item, Message)
        ]
        assert said[-2:] == ["and hurry", "also this"]


async def test_steer_and_interrupt_are_refused_when_the_turn_is_another(stage: StageMaker) -> None:
    async with stage([answer(says("done"))]) as it:
        thread = await it.app.start_thread()
        await it.app.run_turn(thread.id, "go")
        with pytest.raises(RpcError, match="no active turn to interrupt"):
            await it.app.client.turn_interrupt(
                TurnInterruptParams(thread_id=thread.id, turn_id="x")
            )
        with pytest.raises(RpcError, match="no active turn to steer"):
            await it.app.client.turn_steer(
                TurnSteerParams(
                    thread_id=thread.id, expected_turn_id="x", input=[TextInput(text="y")]
                )
            )


async def test_model_error_fails_the_turn_with_its_wire_kind(stage: StageMaker) -> None:
    error = ModelError("usage_limit_exceeded", "too much")
    async with stage([[*says("part")[:2], error]]) as it:
        turn = await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert turn.status == "failed"
        assert turn.error
        assert (turn.error.message, turn.error.codex_error_info) == (
            "too much",
            "usageLimitExceeded",
        )


async def test_thread_shows_that_its_last_turn_failed_until_the_next_one_ends(
    stage: StageMaker,
) -> None:
    error = ModelError("server_error", "down")
    async with stage([[error], answer(says("done"))]) as it:
        thread = await it.app.start_thread()
        shown: list[object] = []
        for _ in range(2):
            await it.app.run_turn(thread.id, "go")
            read = await it.app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
            shown.append(read.thread.status)
        assert shown == [threads.SystemFault(), threads.Idle()]
        told = [
            seen.status
            for seen in it.app.seen
            if isinstance(seen, events.ThreadStatusChangedNotification)
        ]
        assert told == [threads.Active(), shown[0], threads.Active(), shown[1]]


async def test_retry_forgets_the_broken_attempt_and_runs_its_calls_once(stage: StageMaker) -> None:
    attempt = [*says("half"), *calls("exec_command", {"cmd": "once"}, call_id="a")]
    whole = answer(calls("exec_command", {"cmd": "once"}, call_id="b"))
    answers = [[*attempt, Retrying(1, 2, 0.0, "cut"), *whole], answer(says("done"))]
    async with stage(answers, [Script()]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert len(it.launcher.launched) == 1
        assert set(it.outputs()) == {"b"}
        errors = [seen for seen in it.app.seen if isinstance(seen, events.ErrorNotification)]
        assert [(seen.error.message, seen.will_retry) for seen in errors] == [
            ("Reconnecting... 1/2 (cut)", True)
        ]


class MeetingTool:
    """Its calls end only when two of them run at the same time; one that crashes when told to."""

    parallel = True
    spec = ToolSpec(name="meet", description="", parameters={"type": "object"})

    def __init__(self) -> None:
        self.barrier = asyncio.Barrier(2)

    def prepare(self, call: ToolCall, scope: Scope) -> MeetingInvocation:
        return MeetingInvocation(self.barrier, call.arguments)

    async def settle(self, *, kill: bool) -> None:
        pass


class MeetingInvocation:
    item: ThreadItem | None = None
    need: ApprovalNeed | None = None
    mutates = False

    def __init__(self, barrier: asyncio.Barrier, arguments: Mapping[str, Any]) -> None:
        self._barrier = barrier
        self._arguments = arguments

    async def run(self, context: ToolContext) -> ToolOutput:
        if "crash" in self._arguments:
            raise ZeroDivisionError("a defect")
        await self._barrier.wait()
        return ToolOutput(content="met")

    def refused(self, reason: str) -> ToolOutput:
        return ToolOutput(content=reason)

    def interrupted(self) -> ToolOutput:
        return ToolOutput(content="interrupted")


async def test_parallel_calls_run_at_once(stage: StageMaker) -> None:
    both = answer(calls("meet", {}, call_id="a"), calls("meet", {}, call_id="b"))
    async with stage([both, answer(says("done"))], tools=lambda: [MeetingTool()]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert it.outputs() == {"a": "met", "b": "met"}


async def test_defect_in_a_tool_fails_the_turn_and_still_answers_every_call(
    stage: StageMaker,
) -> None:
    both = answer(calls("meet", {"crash": 1}, call_id="a"), calls("meet", {}, call_id="b"))
    async with stage([both, answer(says("on"))], tools=lambda: [MeetingTool()]) as it:
        thread = await it.app.start_thread()
        turn = await it.app.run_turn(thread.id, "go")
        assert turn.error
        assert "ZeroDivisionError: a defect" in turn.error.message
        assert (await it.app.run_turn(thread.id, "go on")).status == "completed"
        assert set(it.outputs()) == {"a", "b"}


async def test_resumed_thread_continues_the_history(stage: StageMaker) -> None:
    async with stage([answer(says("one")), answer(says("two"))]) as it:
        thread = await it.app.start_thread(ThreadStartParams(cwd="/work"))
        await it.app.run_turn(thread.id, "first")
        with pytest.raises(RpcError, match="thread not found"):
            await it.app.run_turn("no-such-thread", "x")
        await it.app.run_turn(thread.id, "second")
        said = [
            text_of(item.content)
            for item in it.model.prompts[1].history
            if isinstance(item, Message)
        ]
        assert said[-3:] == ["first", "one", "second"]


async def test_what_the_model_types_into_a_running_command_is_told(stage: StageMaker) -> None:
    answers = [
        answer(calls("exec_command", {"cmd": "cat", "yield_time_ms": 250}, call_id="a")),
        answer(calls("write_stdin", {"session_id": 1, "chars": "hi\n"}, call_id="b")),
        answer(calls("write_stdin", {"session_id": 1, "yield_time_ms": 250}, call_id="c")),
        answer(says("done")),
    ]
    async with stage(answers, [Script(runs_on=True, echo=True)]) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        told = [
            seen for seen in it.app.seen if isinstance(seen, events.TerminalInteractionNotification)
        ]
        assert [(seen.item_id, seen.process_id, seen.stdin) for seen in told] == [
            ("a", "1", "hi\n"),
            ("a", "1", ""),
        ]
