"""Hooks in turns: when they are told, and what their answers do. The programs are fakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from journeyman.core.hooks import Hook, ThreadHooks, matches
from journeyman.protocol import events
from journeyman.protocol.history import FunctionCallOutput, HistoryItem, Message, text_of
from journeyman.protocol.hooks import (
    HookCompletedNotification,
    HookEventName,
    HookStartedNotification,
)
from journeyman.protocol.threads import ThreadResumeParams
from journeyman.protocol.turns import TurnInterruptParams
from journeyman.sandbox.api import ProgramEnd
from journeyman.testing.fake_launcher import Script
from journeyman.testing.fake_programs import HANGS, FakePrograms
from journeyman.testing.scripted_model import answer, calls, calls_freeform, says
from journeyman.testing.stage import Stage, StageMaker

ALL: tuple[HookEventName, ...] = (
    "preModelRequest",
    "postModelRequest",
    "preToolUse",
    "permissionRequest",
    "postToolUse",
    "preCompact",
    "postCompact",
    "sessionStart",
    "sessionEnd",
    "userPromptSubmit",
    "stop",
    "interrupt",
)
RUNS = calls("exec_command", {"cmd": "ls"}, call_id="a")
ESCALATES = {"cmd": "ls", "sandbox_permissions": "require_escalated", "justification": "why"}


def _hooks(
    programs: FakePrograms, *which: HookEventName, command: str = "hook", matcher: str | None = None
) -> ThreadHooks:
    hooks = [
        Hook(
            event=event, command=command, matcher=matcher, order=order, source_path="/h/hooks.json"
        )
        for order, event in enumerate(which or ALL)
    ]
    return ThreadHooks(hooks=hooks, programs=programs, transcript_path="/t.jsonl")


def _says_no(reason: str) -> ProgramEnd:
    return ProgramEnd(exit_code=2, stderr=reason)


def _json(text: str) -> ProgramEnd:
    return ProgramEnd(exit_code=0, stdout=text)


def _names(programs: FakePrograms) -> list[str]:
    return [told["hook_event_name"] for _, told in programs.given]


def _warnings(it: Stage) -> list[str]:
    return [seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)]


def _said(history: Sequence[HistoryItem]) -> list[tuple[str, str]]:
    return [
        (item.role, text_of(item.content))
        for item in history
        if isinstance(item, Message) and not text_of(item.content).startswith(("<perm", "<env"))
    ]


async def test_hooks_are_told_of_every_event_of_a_turn_in_order(stage: StageMaker):
    programs = FakePrograms()
    answers = [answer(RUNS), answer(says("done")), answer(says("NOTES")), answer(says("again"))]
    async with stage(answers, [Script(output=(b"x\n",))], hooks=_hooks(programs)) as it:
        thread = (await it.app.start_thread()).id
        turn = await it.app.run_turn(thread, "go")
        await it.app.wait_turn((await it.manager.get(thread).compact()).id)
        await it.app.run_turn(thread, "more")
    request = ["PreModelRequest", "PostModelRequest"]
    assert _names(programs) == [
        "SessionStart",
        "UserPromptSubmit",
        *request,
        "PreToolUse",
        "PostToolUse",
        *request,
        "Stop",
        "PreCompact",
        "PostCompact",
        "SessionStart",
        "UserPromptSubmit",
        *request,
        "Stop",
        "SessionEnd",
    ]
    told = dict(zip(_names(programs)[:9], (told for _, told in programs.given), strict=False))
    common = {
        "session_id": thread,
        "transcript_path": "/t.jsonl",
        "cwd": "/work",
        "model": "test-model",
        "permission_mode": "default",
    }
    tool = {"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "a"}
    in_turn: Mapping[str, object] = {**common, "turn_id": turn.id}
    assert told["SessionStart"] == {
        **common,
        "hook_event_name": "SessionStart",
        "source": "startup",
    }
    assert told["UserPromptSubmit"] == {
        **in_turn,
        "hook_event_name": "UserPromptSubmit",
        "prompt": "go",
    }
    assert told["PreToolUse"] == {**in_turn, "hook_event_name": "PreToolUse", **tool}
    ran = {**tool, "hook_event_name": "PostToolUse", "tool_response": "x\n"}
    assert told["PostToolUse"] == {**in_turn, **ran}
    assert told["Stop"] == {
        **in_turn,
        "hook_event_name": "Stop",
        "stop_hook_active": False,
        "last_assistant_message": "done",
    }
    started = [seen.run for seen in it.app.seen if isinstance(seen, HookStartedNotification)]
    ended = [seen.run for seen in it.app.seen if isinstance(seen, HookCompletedNotification)]
    assert [run.id for run in started] == [run.id for run in ended]
    assert (started[0].id, ended[0].status) == ("session-start:7:/h/hooks.json", "completed")


async def test_blocked_call_does_not_run_and_the_model_is_told_why(stage: StageMaker):
    programs = FakePrograms({"hook": [_says_no("NO-WAY")]})
    hooks = _hooks(programs, "preToolUse", matcher="Bash|Edit")
    async with stage([answer(RUNS), answer(says("done"))], hooks=hooks) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert it.launcher.launched == []
        assert it.outputs() == {"a": "Command blocked by PreToolUse hook: NO-WAY. Command: ls"}
        assert it.completed() == [("userMessage", None), ("agentMessage", None)]


async def test_hook_changes_the_input_of_a_tool(stage: StageMaker):
    changed = _json('{"hookSpecificOutput":{"updatedInput":{"command":"pwd"}}}')
    programs = FakePrograms({"hook": [changed]})
    hooks = _hooks(programs, "preToolUse")
    async with stage([answer(RUNS), answer(says("done"))], [Script()], hooks=hooks) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert [command.argv[-1] for command, _ in it.launcher.launched] == ["pwd"]


@pytest.mark.parametrize("matcher", ["apply_patch", "Edit|Write"])
async def test_patches_are_told_by_their_text_and_can_be_blocked(stage: StageMaker, matcher: str):
    patch = "*** Begin Patch\n*** Add File: n\n+x\n*** End Patch"
    programs = FakePrograms({"hook": [_says_no("frozen")]})
    hooks = _hooks(programs, "preToolUse", matcher=matcher)
    call = calls_freeform("apply_patch", patch, call_id="p")
    async with stage([answer(RUNS, call), answer(says("x"))], [Script()], hooks=hooks) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert [told["tool_input"] for _, told in programs.given] == [{"command": patch}]
        assert len(it.launcher.launched) == 1


async def test_blocked_prompt_reaches_neither_model_nor_history(stage: StageMaker):
    programs = FakePrograms({"hook": [_says_no("secret"), ProgramEnd(exit_code=0)]})
    hooks = _hooks(programs, "userPromptSubmit")
    async with stage([answer(says("ok"))], hooks=hooks) as it:
        thread = (await it.app.start_thread()).id
        turn = await it.app.run_turn(thread, "my password")
        assert (turn.status, it.model.prompts, it.completed()) == ("completed", [], [])
        assert _warnings(it) == ["A hook kept the prompt from the model: secret"]
        await it.app.run_turn(thread, "hello")
        assert _said(it.model.prompts[0].history) == [("user", "hello")]


async def test_hook_stops_a_thread_where_it_begins(stage: StageMaker):
    stops = _json('{"continue":false,"stopReason":"not today"}')
    programs = FakePrograms({"hook": [stops]})
    async with stage([], hooks=_hooks(programs, "sessionStart")) as it:
        turn = await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert (turn.status, it.model.prompts) == ("completed", [])
        assert _warnings(it) == ["A hook kept the prompt from the model: not today"]


async def test_context_of_hooks_comes_after_the_outputs_of_a_step(stage: StageMaker):
    programs = FakePrograms(
        {
            "plain": [_json("from the prompt")],
            "after": [_json('{"hookSpecificOutput":{"additionalContext":"from the tool"}}')],
        }
    )
    hooks = ThreadHooks(
        hooks=[
            Hook(event="userPromptSubmit", command="plain"),
            Hook(event="postToolUse", command="after"),
        ],
        programs=programs,
    )
    twice = answer(RUNS, calls("exec_command", {"cmd": "pwd"}, call_id="b"))
    async with stage([twice, answer(says("x"))], [Script(), Script()], hooks=hooks) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        first, last = (prompt.history for prompt in it.model.prompts)
        assert _said(first) == [("user", "go"), ("developer", "from the prompt")]
        kinds = [type(item) for item in last[-4:]]
        assert kinds == [FunctionCallOutput, FunctionCallOutput, Message, Message]
        assert _said(last)[2:] == [("developer", "from the tool")] * 2


async def test_blocked_output_is_replaced_by_the_reason(stage: StageMaker):
    programs = FakePrograms({"hook": [_says_no("run the formatter")]})
    hooks = _hooks(programs, "postToolUse")
    answers = [answer(RUNS), answer(says("x"))]
    async with stage(answers, [Script(output=(b"secret",))], hooks=hooks) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert it.outputs() == {"a": "run the formatter"}
        assert ("commandExecution", "completed") in it.completed()


async def test_stop_hook_makes_the_model_go_on_and_is_told_that_it_did(stage: StageMaker):
    programs = FakePrograms({"hook": [_says_no("MORE"), ProgramEnd(exit_code=0)]})
    async with stage(
        [answer(says("one")), answer(says("two"))], hooks=_hooks(programs, "stop")
    ) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert _said(it.model.prompts[1].history)[1:] == [
            ("assistant", "one"),
            ("user", '<hook_prompt hook_run_id="stop">MORE</hook_prompt>'),
        ]
        assert [told["stop_hook_active"] for _, told in programs.given] == [False, True]


async def test_permission_hook_answers_in_the_users_place(stage: StageMaker):
    allow = _json('{"hookSpecificOutput":{"decision":{"behavior":"allow"}}}')
    deny = _json('{"hookSpecificOutput":{"decision":{"behavior":"deny","message":"not today"}}}')
    programs = FakePrograms({"hook": [allow, deny, ProgramEnd(exit_code=0)]})
    answers = [
        given
        for call_id in "abc"
        for given in (
            answer(calls("exec_command", ESCALATES, call_id=call_id)),
            answer(says("x")),
        )
    ]
    hooks = _hooks(programs, "permissionRequest")
    async with stage(answers, [Script()], hooks=hooks) as it:
        thread = (await it.app.start_thread()).id
        for call_id, output, questions in (
            ("a", "code 0", 0),
            ("b", "not today", 0),
            ("c", "reject", 1),
        ):
            await it.app.run_turn(thread, "go")
            assert output in it.outputs()[call_id]
            assert (len(it.launcher.launched), len(it.questions)) == (1, questions)
        told = programs.given[0][1]
        assert told["tool_input"] == {"command": "ls", "description": "why"}


async def test_hooks_that_fail_hang_or_answer_nonsense_change_nothing_and_are_told(
    stage: StageMaker,
):
    programs = FakePrograms(
        {"crash": [ProgramEnd(exit_code=1, stderr="boom")], "nonsense": [_json("{")]}
    )
    hooks = ThreadHooks(
        hooks=[
            Hook(event=event, command=command, timeout_seconds=1)
            for event in ALL
            for command in ("crash", "nonsense", HANGS)
        ],
        programs=programs,
    )
    async with stage([answer(RUNS), answer(says("done"))], [Script()], hooks=hooks) as it:
        turn = await it.app.run_turn((await it.app.start_thread()).id, "go")
        assert turn.status == "completed"
        assert len(it.launcher.launched) == 1
        told = _warnings(it)
        assert "The SessionStart hook `crash` failed and changed nothing: boom" in told
        assert (
            f"The Stop hook `{HANGS}` failed and changed nothing: it did not end within 1 s and was killed"
            in told
        )


async def test_interrupt_is_told_and_the_tool_it_ended_is_not(stage: StageMaker):
    programs = FakePrograms()
    hooks = _hooks(programs, "postModelRequest", "interrupt", "postToolUse")
    async with stage([answer(RUNS)], [Script(output=(b"x",), runs_on=True)], hooks=hooks) as it:
        thread = (await it.app.start_thread()).id
        turn = await it.app.start_turn(thread, "go")
        await it.app.wait_for(events.CommandOutputDeltaNotification)
        params = TurnInterruptParams(thread_id=thread, turn_id=turn.id)
        await it.app.client.turn_interrupt(params)
        assert (await it.app.wait_turn(turn.id)).status == "interrupted"
        assert _names(programs) == ["PostModelRequest", "Interrupt"]


async def test_resumed_thread_says_so(stage: StageMaker):
    programs = FakePrograms()
    hooks = _hooks(programs, "sessionStart", matcher="resume")
    async with stage([answer(says("x"))] * 2, hooks=hooks) as it:
        thread = (await it.app.start_thread()).id
        await it.app.run_turn(thread, "go")
        await it.manager.close()
        await it.app.client.thread_resume(ThreadResumeParams(thread_id=thread))
        await it.app.run_turn(thread, "go on")
    assert [told["source"] for _, told in programs.given] == ["resume"]


def test_matcher_takes_names_apart_and_is_else_a_pattern():
    assert matches(None, "Bash")
    assert matches("*", "")
    assert matches("Edit|Bash", "Bash")
    assert not matches("Bash", "BashOutput")
    assert matches("mcp__.*", "mcp__files__read")
    assert not matches("(", "(")
