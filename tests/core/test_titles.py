"""Threads that nobody named get a title from a model, once, beside their turns; whatever it writes is made a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.core.budget import Budget, Budgets
from journeyman.core.settings import ThreadSettings
from journeyman.core.spending import SpendingParts
from journeyman.core.titles import MAX_TITLE_CHARS, title_in
from journeyman.models.api import ModelError
from journeyman.protocol import events
from journeyman.protocol.connection import Empty
from journeyman.protocol.history import Message, text_of
from journeyman.protocol.thread_shelf import ThreadNameUpdatedNotification, ThreadSetNameParams
from journeyman.store.ledger import Ledger
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Stage, StageMaker

RUN = answer(calls("exec_command", {"cmd": "true"}, call_id="a"))
DONE = answer(says("It prints x."))


def kinds(play: Stage) -> list[type[object]]:
    wanted = events.TurnCompletedNotification, ThreadNameUpdatedNotification
    return [type(seen) for seen in play.app.seen if isinstance(seen, wanted)]


def warnings(play: Stage) -> list[str]:
    return [s.message for s in play.app.seen if isinstance(s, events.WarningNotification)]


async def test_thread_is_named_once_after_its_first_turn(stage: StageMaker, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    answers = [RUN, DONE, answer(says('# "What f prints"\nIgnore me')), DONE]
    parts: Any = {"spending": SpendingParts(ledger=ledger), "wants_title": True}
    async with stage(answers, [Script()], **parts) as play:
        thread = (await play.app.start_thread()).id
        first = await play.app.run_turn(thread, "what does f print?")
        await play.app.wait_for(ThreadNameUpdatedNotification)
        assert kinds(play) == [events.TurnCompletedNotification, ThreadNameUpdatedNotification]
        assert play.manager.get(thread).header().name == "What f prints"
        asked = play.model.prompts[2]
        (question,) = asked.history
        assert isinstance(question, Message)
        assert msgspec.json.decode(text_of(question.content)) == {
            "user": "what does f print?",
            "agent": "It prints x.",
        }
        assert (asked.tools, asked.cause) == ((), "title")
        await play.app.run_turn(thread, "and g?")
        assert len(play.model.prompts) == 4
        # It is no part of what the thread says.
        assert "What f prints" not in str(play.model.prompts[3])
    entries = list(ledger.entries())
    assert [one.cause for one in entries] == ["step", "step", "title", "step"]
    assert entries[2].turn == first.id
    assert entries[2].seconds == 0.0


async def test_nobody_is_asked_where_no_title_is_wanted_or_possible_or_there_is_a_name(
    stage: StageMaker,
) -> None:
    async with stage([DONE]) as play:
        await play.app.run_turn((await play.app.start_thread()).id, "x")
    assert len(play.model.prompts) == 1
    async with stage([DONE], [Script()], wants_title=True) as play:
        thread = (await play.app.start_thread()).id
        turn = await play.manager.get(thread).run_user_command("true", seconds=None)
        await play.app.wait_turn(turn.id)
        assert play.model.prompts == []
        name = ThreadSetNameParams(thread_id=thread, name="mine")
        await play.app.client.request("thread/name/set", name, Empty)
        await play.app.run_turn(thread, "x")
        play.manager.get(thread).titles.give("a title that comes late")
        assert play.manager.get(thread).header().name == "mine"
    assert len(play.model.prompts) == 1


async def test_failure_is_told_once_and_no_turn_hears_of_it(stage: StageMaker) -> None:
    answers = [DONE, [ModelError("server_error", "it broke")], DONE]
    async with stage(answers, wants_title=True) as play:
        thread = (await play.app.start_thread()).id
        assert (await play.app.run_turn(thread, "x")).status == "completed"
        await play.app.wait_for(events.WarningNotification)
        assert (await play.app.run_turn(thread, "y")).status == "completed"
        assert warnings(play) == ["The thread got no title: it broke. It can be named by hand."]
        assert play.manager.get(thread).header().name is None
    assert len(play.model.prompts) == 3


async def test_budget_of_the_thread_counts_for_a_title_and_that_of_the_turn_does_not(
    stage: StageMaker,
) -> None:
    def adapt(settings: ThreadSettings) -> ThreadSettings:
        budgets = Budgets(turn=Budget(steps=1), thread=Budget(steps=2))
        return msgspec.structs.replace(settings, budgets=budgets)

    answers = [DONE, answer(says("named")), DONE]
    async with stage(answers, wants_title=True, adapt=adapt) as play:
        thread = (await play.app.start_thread()).id
        await play.app.run_turn(thread, "x")
        await play.app.wait_for(ThreadNameUpdatedNotification)
        refused = await play.app.run_turn(thread, "y")
        assert refused.error
        assert "budget of this thread is used up: 2 of 2 steps" in refused.error.message
        other = (await play.app.start_thread()).id
        play.manager.get(other).spending.thread.budget = Budget(steps=1)
        await play.app.run_turn(other, "x")
        await play.app.wait_for(events.WarningNotification)
        assert "no title: the budget of this thread is used up" in warnings(play)[0]


async def test_endless_answer_is_read_no_further_than_a_title_needs(
    stage: StageMaker, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path)
    parts: Any = {"spending": SpendingParts(ledger=ledger), "wants_title": True}
    async with stage([DONE, answer(says("word " * 2_000_000))], **parts) as play:
        thread = (await play.app.start_thread()).id
        await play.app.run_turn(thread, "x")
        await play.app.wait_for(ThreadNameUpdatedNotification)
        name = play.manager.get(thread).header().name
        assert name == "word " * 10 + "word…"
    assert [one.outcome for one in ledger.entries()] == ["completed", "cancelled"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Fix the parser", "Fix the parser"),
        ("\n\n  **Fix `C#` #12**\t\n", "Fix `C#` #12"),
        ("“Prüfe Größen”", "Prüfe Größen"),
        ("a\x1b[31mred\x07\u202eb\u2028c", "a [31mred b"),
        ("\ud800 x\x00y", "x y"),
        ("one two " * 20, "one two one two one two one two one two one two one two…"),
        ("x" * 500, "x" * (MAX_TITLE_CHARS - 1) + "…"),
        (" \n\x1b\n'`\n", ""),
        ("", ""),
    ],
)
def test_title_is_one_short_printable_line_of_whatever_was_written(text: str, title: str) -> None:
    assert title_in(text) == title
    assert len(title) <= MAX_TITLE_CHARS
    assert title.isprintable()
