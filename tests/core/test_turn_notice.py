"""The program of `notify`: when it is told, what it is told, and that its failures cost nothing."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from journeyman.core.hooks import ThreadHooks
from journeyman.core.turn_notice import Notify
from journeyman.models.api import ModelError
from journeyman.protocol import events
from journeyman.protocol.threads import ThreadStartParams
from journeyman.sandbox.api import ProgramEnd
from journeyman.sandbox.user_programs import ShellPrograms
from journeyman.testing.fake_programs import FakePrograms
from journeyman.testing.scripted_model import answer, says
from journeyman.testing.stage import Stage, StageMaker

NOTIFY = Notify(command=("notice", "-x"), client="test")


def _warnings(it: Stage) -> list[str]:
    return [seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)]


async def test_program_is_told_of_each_turn_that_the_model_finished(stage: StageMaker) -> None:
    programs = FakePrograms()
    answers = [answer(says("one")), [ModelError("bad_request", "bad")], answer(says("two"))]
    async with stage(answers, hooks=ThreadHooks(programs=programs, notify=NOTIFY)) as it:
        thread = (await it.app.start_thread()).id
        turns = [await it.app.run_turn(thread, text) for text in ("a 'b' $(c)", "fails", "d")]
    assert [words[:2] for words in programs.started] == [("notice", "-x")] * 2
    told = [json.loads(words[2]) for words in programs.started]
    common = {"type": "agent-turn-complete", "thread-id": thread, "cwd": "/work", "client": "test"}
    assert told == [
        {
            **common,
            "turn-id": turns[0].id,
            "input-messages": ["a 'b' $(c)"],
            "last-assistant-message": "one",
        },
        {
            **common,
            "turn-id": turns[2].id,
            "input-messages": ["a 'b' $(c)", "fails", "d"],
            "last-assistant-message": "two",
        },
    ]


async def test_failure_is_told_once_and_fails_no_turn(stage: StageMaker) -> None:
    programs = FakePrograms({"notice": [ProgramEnd(problem="no bell")]})
    answers = [answer(says("one")), answer(says("two")), answer(says("three"))]
    async with stage(answers, hooks=ThreadHooks(programs=programs, notify=NOTIFY)) as it:
        thread = (await it.app.start_thread()).id
        turns = [await it.app.run_turn(thread, "go") for _ in answers]
        assert [turn.status for turn in turns] == ["completed"] * 3
    assert _warnings(it) == [
        "The program of `notify`, notice, failed: no bell. Further failures are not told."
    ]


async def test_real_program_gets_one_argument_whatever_the_model_says_and_however_much(
    stage: StageMaker, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = tmp_path / "notice"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$2" > {pipe}\n')
    program.chmod(0o755)
    notify = Notify(command=(str(program), "a word; touch x"))
    long, evil = "\x01" * 400_000, "'; touch evil #\n$(touch evil) \"\\"
    answers = [answer(says(evil)) for _ in range(4)]
    said: list[list[str]] = []
    async with stage(answers, hooks=ThreadHooks(programs=ShellPrograms(), notify=notify)) as it:
        thread = (await it.app.start_thread(ThreadStartParams(cwd=str(tmp_path)))).id
        for text in ("go", long, long, long):
            await it.app.run_turn(thread, text)
            count, told = (await asyncio.to_thread(pipe.read_text)).splitlines()
            assert (count, json.loads(told)["last-assistant-message"]) == ("2", evil)
            said.append(json.loads(told)["input-messages"])
        assert (_warnings(it), (tmp_path / "evil").exists()) == ([], False)
    cut = long[:10_000]
    assert said == [["go"], ["go", cut], ["go", cut, cut], [cut, cut]]


async def test_program_that_fails_later_is_told_of_as_well(
    stage: StageMaker, tmp_path: Path
) -> None:
    notify = Notify(command=("/bin/sh", "-c", "exit 3"))
    async with stage(
        [answer(says("one"))], hooks=ThreadHooks(programs=ShellPrograms(), notify=notify)
    ) as it:
        params = ThreadStartParams(cwd=str(tmp_path))
        await it.app.run_turn((await it.app.start_thread(params)).id, "go")
        await it.app.wait_for(events.WarningNotification)
    (warning,) = _warnings(it)
    assert "/bin/sh, failed: it ended with 3." in warning
