"""What a hook's exit code and output mean, for each kind of event."""

from __future__ import annotations

import pytest

from journeyman.core.hook_answers import HookAnswer, merge, read_answer
from journeyman.protocol.hooks import HookEventName, HookOutputEntry
from journeyman.sandbox.api import ProgramEnd


def _entry(kind: str, text: str) -> HookOutputEntry:
    return HookOutputEntry(kind=kind, text=text)  # type: ignore[arg-type] -- a kind by name


def _blocked(reason: str) -> HookAnswer:
    return HookAnswer(status="blocked", block=reason, entries=(_entry("feedback", reason),))


def _failed(why: str) -> HookAnswer:
    return HookAnswer(status="failed", entries=(_entry("error", why),))


def _said(stdout: str, exit_code: int = 0, stderr: str = "") -> ProgramEnd:
    return ProgramEnd(exit_code=exit_code, stdout=stdout, stderr=stderr)


@pytest.mark.parametrize(
    ("event", "end", "answer"),
    [
        ("preToolUse", _said("any text"), HookAnswer()),
        (
            "sessionStart",
            _said("hello\n"),
            HookAnswer(context=("hello",), entries=(_entry("context", "hello"),)),
        ),
        ("preToolUse", _said("", 2, "no\n"), _blocked("no")),
        ("preToolUse", _said("", 2), _blocked("a hook said no, without a reason")),
        ("sessionStart", _said("", 2, "no"), _failed("no")),
        ("stop", _said("", 1, "oops"), _failed("oops")),
        ("stop", _said("", 127), _failed("it exited with code 127")),
        ("stop", ProgramEnd(problem="it hung"), _failed("it hung")),
        ("stop", _said('{"decision":"block","reason":"more"}'), _blocked("more")),
        ("preCompact", _said('{"decision":"block","reason":"more"}'), HookAnswer()),
        (
            "preToolUse",
            _said(
                '{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"x"}}'
            ),
            _blocked("x"),
        ),
        (
            "preToolUse",
            _said(
                '{"hookSpecificOutput":{"permissionDecision":"allow","updatedInput":{"command":"ls"}}}'
            ),
            HookAnswer(updated_input={"command": "ls"}),
        ),
        (
            "permissionRequest",
            _said('{"hookSpecificOutput":{"decision":{"behavior":"allow"}}}'),
            HookAnswer(allow=True),
        ),
        (
            "permissionRequest",
            _said('{"hookSpecificOutput":{"decision":{"behavior":"deny","message":"m"}}}'),
            _blocked("m"),
        ),
        (
            "userPromptSubmit",
            _said('{"continue":false,"stopReason":"halt"}'),
            HookAnswer(status="stopped", stop="halt", entries=(_entry("stop", "halt"),)),
        ),
        (
            "postToolUse",
            _said('{"systemMessage":"s","hookSpecificOutput":{"additionalContext":"c"}}'),
            HookAnswer(context=("c",), entries=(_entry("warning", "s"), _entry("context", "c"))),
        ),
        ("stop", _said('{"unknown":1}'), HookAnswer()),
    ],
)
def test_answer_is_read_from_exit_code_and_output(
    event: HookEventName, end: ProgramEnd, answer: HookAnswer
):
    assert read_answer(event, end) == answer


@pytest.mark.parametrize("text", ["{bad", '{"decision":1}', '{"hookSpecificOutput":[]}'])
def test_answer_that_is_no_json_fails_and_blocks_nothing(text: str):
    answer = read_answer("preToolUse", _said(text))
    assert (answer.status, answer.block) == ("failed", None)


def test_answer_that_is_long_is_cut():
    answer = read_answer("userPromptSubmit", _said("x" * 50_000))
    assert len(answer.context[0]) < 11_000


def test_merge_lets_a_block_count_before_what_others_allow():
    allow = HookAnswer(allow=True, context=("a",), updated_input={"command": "x"})
    assert merge([allow, _blocked("no"), _blocked("never")]) == HookAnswer(
        block="no\nnever", context=("a",), updated_input={"command": "x"}
    )
    assert merge([allow]).allow
