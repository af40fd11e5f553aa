"""Reviews: what the reviewer sees and may do, what the thread keeps, and how answers are read."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from journeyman.core.review import question_about
from journeyman.core.review_output import read_review, review_as_text
from journeyman.core.settings import ThreadSettings
from journeyman.protocol import events
from journeyman.protocol.code_review import (
    BaseBranch,
    CodeLocation,
    CommitTarget,
    CustomReview,
    Finding,
    LineRange,
    ReviewCompletedNotification,
    ReviewOutput,
    ReviewStartParams,
    ReviewStartResponse,
    ReviewTarget,
    UncommittedChanges,
)
from journeyman.protocol.history import Message, text_of
from journeyman.protocol.items import ExitedReviewModeItem
from journeyman.protocol.threads import ThreadResumeParams
from journeyman.protocol.turns import Turn, TurnInterruptParams
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Stage, StageMaker
from journeyman.workspace.api import Revision

FOUND: dict[str, Any] = {
    "findings": [
        {
            "title": "[P1] Bug",
            "body": "It breaks\nbadly",
            "confidence_score": 0.9,
            "priority": 1,
            "code_location": {
                "absolute_file_path": "/work/a.py",
                "line_range": {"start": 1, "end": 2},
            },
        }
    ],
    "overall_correctness": "patch is incorrect",
    "overall_explanation": "EXPL",
    "overall_confidence_score": 0.8,
}
BUG = Finding(
    title="[P1] Bug",
    body="It breaks\nbadly",
    confidence_score=0.9,
    priority=1,
    code_location=CodeLocation(
        absolute_file_path="/work/a.py", line_range=LineRange(start=1, end=2)
    ),
)
OUTPUT = ReviewOutput(
    findings=[BUG],
    overall_correctness="patch is incorrect",
    overall_explanation="EXPL",
    overall_confidence_score=0.8,
)
TEXT = "EXPL\n\nReview comment:\n\n- [P1] Bug — /work/a.py:1-2\n  It breaks\n  badly"


async def _start(it: Stage, thread_id: str, target: ReviewTarget) -> Turn:
    params = ReviewStartParams(thread_id=thread_id, target=target)
    return (await it.app.client.request("review/start", params, ReviewStartResponse)).turn


def _said(history: Any) -> list[str]:
    texts = [text_of(item.content) for item in history if isinstance(item, Message)]
    return [text for text in texts if not text.startswith(("<perm", "<env"))]


def _reviewer(settings: ThreadSettings) -> ThreadSettings:
    return msgspec.structs.replace(settings, review_model="reviewer")


async def test_review_has_fresh_eyes_and_read_only_hands_and_leaves_what_it_found(
    stage: StageMaker,
):
    answers = [
        answer(says("I wrote it")),
        answer(calls("exec_command", {"cmd": "git diff HEAD"}, call_id="a")),
        answer(says(json.dumps(FOUND))),
        answer(says("mended")),
        answer(says("resumed")),
    ]
    async with stage(answers, [Script(output=(b"+x\n",))], adapt=_reviewer) as it:
        thread = (await it.app.start_thread()).id
        await it.app.run_turn(thread, "write it")
        turn = await _start(it, thread, UncommittedChanges())
        assert (await it.app.wait_turn(turn.id)).status == "completed"
        await it.app.run_turn(thread, "mend it")

        _, first, second, after = it.model.prompts
        question = question_about(UncommittedChanges(), None)
        assert _said(first.history) == [question.text]
        assert first.settings.model == "reviewer"
        assert "You review a change" in first.instructions
        assert "read-only" in text_of(first.history[0].content)  # type: ignore[union-attr] -- a message
        assert (first.cache_key, second.cache_key) == (turn.id, turn.id)
        assert [policy.writable_roots for _, policy in it.launcher.launched] == [()]

        said = _said(after.history)
        assert [said[0], said[1], said[3], said[4]] == ["write it", "I wrote it", TEXT, "mend it"]
        assert TEXT in said[2]
        assert (after.cache_key, after.settings.model) == (thread, "test-model")
        assert it.completed()[2:] == [
            ("enteredReviewMode", None),
            ("userMessage", None),
            ("commandExecution", "completed"),
            ("exitedReviewMode", None),
            ("agentMessage", None),
            ("userMessage", None),
            ("agentMessage", None),
        ]
        told = [s.output for s in it.app.seen if isinstance(s, ReviewCompletedNotification)]
        assert told == [OUTPUT]
        usage = [s for s in it.app.seen if isinstance(s, events.TokenUsageUpdatedNotification)]
        assert usage[-1].token_usage.total.total_tokens == 12 * 4

        await it.manager.close()
        await it.app.client.thread_resume(ThreadResumeParams(thread_id=thread))
        await it.app.run_turn(thread, "and now")
        assert _said(it.model.prompts[-1].history)[:5] == said


async def test_review_cannot_change_anything_whatever_the_model_asks(stage: StageMaker):
    # Attack: a text in the change talks the reviewer into leaving the sandbox.
    escalates = {"cmd": "rm -r src", "sandbox_permissions": "require_escalated"}
    answers = [answer(calls("exec_command", escalates, call_id="a")), answer(says("fine"))]
    async with stage(answers, [Script()], decision="accept") as it:
        thread = (await it.app.start_thread()).id
        turn = await _start(it, thread, CustomReview(instructions="look"))
        await it.app.wait_turn(turn.id)
        assert it.questions == []
        assert [policy.confined for _, policy in it.launcher.launched] in ([], [True])


async def test_review_that_is_interrupted_tells_its_end(stage: StageMaker):
    runs = answer(calls("exec_command", {"cmd": "ls"}, call_id="a"))
    async with stage([runs, answer(says("ok"))], [Script(output=(b"x",), runs_on=True)]) as it:
        thread = (await it.app.start_thread()).id
        turn = await _start(it, thread, UncommittedChanges())
        await it.app.wait_for(events.CommandOutputDeltaNotification)
        params = TurnInterruptParams(thread_id=thread, turn_id=turn.id)
        await it.app.client.turn_interrupt(params)
        assert (await it.app.wait_turn(turn.id)).status == "interrupted"
        ended = [
            seen.item.review
            for seen in it.app.seen
            if isinstance(seen, events.ItemCompletedNotification)
            and isinstance(seen.item, ExitedReviewModeItem)
        ]
        assert ended == ["The review did not come to its end."]
        assert (await it.app.run_turn(thread, "go")).status == "completed"


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (json.dumps(FOUND), OUTPUT),
        (f"Here it is:\n```json\n{json.dumps(FOUND, indent=1)}\n```\nDone {{}}", OUTPUT),
        ('{"findings": []} {"x": 1} no', ReviewOutput()),
        ("All is well.", ReviewOutput(overall_explanation="All is well.")),
        ("{" * 5_000, ReviewOutput(overall_explanation="{" * 5_000)),
        (
            """{"findings": [7, {"title": "t"}, {"title": "u", "priority": 9, "confidence_score": 5,
            "code_location": {"absolute_file_path": "b/../c.py", "line_range": {"start": 3, "end": 1}}}]}""",
            ReviewOutput(
                findings=[
                    Finding(
                        title="u",
                        body="",
                        confidence_score=1.0,
                        code_location=CodeLocation(
                            absolute_file_path="/work/c.py", line_range=LineRange(start=3, end=3)
                        ),
                    )
                ]
            ),
        ),
    ],
)
def test_review_is_read_from_whatever_the_model_wrote(text: str, output: ReviewOutput):
    assert read_review(text, "/work") == output


def test_review_as_text_has_the_explanation_and_each_finding_with_its_place():
    assert review_as_text(OUTPUT) == TEXT
    two = msgspec.structs.replace(OUTPUT, findings=[BUG, BUG])
    assert review_as_text(two).split("\n\n")[:2] == ["EXPL", "Full review comments:"]
    assert review_as_text(ReviewOutput()) == "The reviewer said nothing."


def test_question_has_hashes_for_commands_and_names_only_for_people():
    evil = "x'; $(rm -rf ~)\u3000\u202e"
    base = question_about(BaseBranch(branch=evil), Revision(commit="c" * 40, merge_base="b" * 40))
    assert f"`git diff {'b' * 40}`" in base.text
    assert "\u202e" not in base.text
    assert base.hint.startswith("changes against 'x'; $(rm")
    commit = question_about(CommitTarget(sha="HEAD", title="T"), Revision(commit="c" * 40))
    assert (commit.hint, "c" * 40 in commit.text) == ("commit ccccccc: T", True)
