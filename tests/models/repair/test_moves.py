"""The provider's moves, from histories as the core writes them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Any

import pytest

from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    ModelSettings,
    Prompt,
    TextDelta,
    ToolSpec,
)
from journeyman.models.repair.answer import Proposal, Suspect
from journeyman.models.repair.client import RepairClient
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
)
from journeyman.protocol.usage import TokenUsage

TOOLS = [
    ToolSpec(name=name, description="", parameters={})
    for name in ("exec_command", "write_stdin", "apply_patch", "update_plan")
]
RED = "tests: 1 passed, 1 failed\n! test_a: AssertionError\n"
GREEN = "tests: 2 passed, 0 failed\n"
PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n def f():\n-  x\n+  y\n*** End Patch\n"
REVERSE = "*** Begin Patch\n*** Update File: a.py\n@@\n def f():\n-  y\n+  x\n*** End Patch\n"
FOUND = (
    f"{RED}search: tried 9 edits, 1 pass all tests, confidence high\n"
    f"edit: a.py:2 in f (wrong name)\n{PATCH}other: a.py:2 in f: z\n"
)
MARK = "@mark@"


def answer(status: str, body: str) -> str:
    return f"=== repair {MARK}: {status}\n{body}=== end {MARK}\n"


def ended(printed: str, code: int = 0) -> str:
    return f"Chunk ID: 1\nProcess exited with code {code}\nOutput:\nlooking\n{printed}"


class Ideas:
    """A proposer that has these ideas, and keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[Suspect] = []

    async def propose(self, suspects: Sequence[Suspect]) -> Sequence[Proposal]:
        self.asked += suspects
        return [Proposal(one.path, one.line, text) for one in suspects for text in self.texts]


class Thread:
    """Plays the core: keeps the history and answers the calls."""

    def __init__(self, text: str = "make the tests pass", proposer: Ideas | None = None) -> None:
        self.proposer = proposer
        self.history: list[HistoryItem] = []
        self.mark = ""
        self.say(text)

    def say(self, text: str) -> None:
        self.history.append(Message(role="user", content=[InputText(text)]))

    def _plain(self, command: str) -> str:
        """The command without its mark, which is kept for the answer."""
        found = re.search(r" --mark (\w+)", command)
        if found:
            self.mark = found[1]
            return command.replace(found[0], "")
        return command

    async def step(self, *outputs: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        """Ask once, and answer the calls with `outputs`; returns what was said and called."""
        prompt = Prompt(
            instructions="",
            history=self.history,
            tools=TOOLS,
            settings=ModelSettings(model="repair"),
            cache_key="t",
        )
        said = ""
        calls: list[tuple[str, dict[str, Any]]] = []
        client = RepairClient(["engine"], self.proposer)
        events = [event async for event in client.stream(prompt)]
        assert events[-1] == Finished(usage=TokenUsage())
        answers = list(outputs)
        for event in events:
            if isinstance(event, TextDelta):
                said += event.text
            if isinstance(event, ItemDone):
                self.history.append(event.item)
            if isinstance(event, ItemDone) and isinstance(event.item, FunctionCall):
                arguments = json.loads(event.item.arguments)
                if "cmd" in arguments:
                    arguments["cmd"] = self._plain(arguments["cmd"])
                calls.append((event.item.name, arguments))
                output = answers.pop(0).replace(MARK, self.mark)
                call_id = event.item.call_id
                self.history.append(FunctionCallOutput(call_id=call_id, output=output))
        assert not answers
        return said, calls


async def to_search(thread: Thread, output: str) -> None:
    await thread.step(ended(answer("tested", RED)))
    _, calls = await thread.step("Plan updated", output)
    assert [name for name, _ in calls] == ["update_plan", "exec_command"]


async def test_repair_tests_searches_patches_tests_again_and_reports() -> None:
    thread = Thread()
    _, calls = await thread.step(ended(answer("tested", RED)))
    assert calls == [("exec_command", {"cmd": "engine test --root .", "yield_time_ms": 30_000})]
    await thread.step("Plan updated", ended(answer("found", FOUND)))
    _, calls = await thread.step("Exit code: 0\nOutput:\nSuccess.")
    assert calls == [("apply_patch", {"input": PATCH})]
    await thread.step("Plan updated", ended(answer("tested", GREEN)))
    said, calls = await thread.step()
    assert calls == []
    assert "Repaired: a.py:2 in f" in said
    assert "Tests before: 1 passed, 1 failed. Now: 2 passed, 0 failed." in said


async def test_repair_waits_for_a_search_that_goes_on() -> None:
    thread = Thread()
    await to_search(thread, "Process running with session ID 7\nOutput:\ntried 10\n=== rep")
    rest = answer("found", FOUND).removeprefix("=== rep")
    _, calls = await thread.step(f"Process exited with code 0\nOutput:\n{rest}")
    assert calls == [("write_stdin", {"session_id": 7, "chars": "", "yield_time_ms": 30_000})]
    _, calls = await thread.step("Exit code: 0\n")
    assert [name for name, _ in calls] == ["apply_patch"]


async def test_repair_takes_the_edit_back_when_the_tests_stay_red() -> None:
    thread = Thread()
    await to_search(thread, ended(answer("found", FOUND)))
    await thread.step("Exit code: 0\n")
    await thread.step("Plan updated", ended(answer("tested", RED)))
    _, calls = await thread.step("Exit code: 0\n")
    assert calls == [("apply_patch", {"input": REVERSE})]
    said, calls = await thread.step()
    assert calls == []
    assert "the files are as they were" in said


async def test_repair_ends_with_the_reason_when_the_command_is_declined_or_not_confined() -> None:
    for output, reason in (
        ("The user declined.", "the command was not run"),
        (ended("", 125), "the sandbox could not be set up"),
        (ended("", 1), "exit code 1"),
    ):
        thread = Thread()
        await thread.step(output)
        said, calls = await thread.step()
        assert calls == []
        assert reason in said


async def test_repair_says_so_when_nothing_was_found() -> None:
    thread = Thread()
    nothing = f"{RED}search: tried 12 edits, 0 pass all tests\n"
    await to_search(thread, ended(answer("nothing found", nothing)))
    said, calls = await thread.step()
    assert calls == []
    assert "I tried 12 small edits" in said
    assert "Nothing was changed" in said


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (
            "test_a: E ModuleNotFoundError: No module named 'freezegun'",
            "Not there for the Python that ran the tests: freezegun. ",
        ),
        (
            "collection: the tests could not be collected",
            "`python -m pytest --collect-only` shows why",
        ),
    ],
)
async def test_repair_says_what_to_do_when_tests_cannot_be_imported(
    failure: str, says: str
) -> None:
    thread = Thread()
    nothing = f"tests: 0 passed, 1 failed\n! {failure}\nsearch: tried 9 edits, 0 pass all tests\n"
    await to_search(thread, ended(answer("nothing found", nothing)))
    said, _ = await thread.step()
    assert says in said


async def test_repair_starts_again_when_the_user_says_more_and_narrows_to_named_paths() -> None:
    thread = Thread()
    await thread.step(ended(answer("tested", GREEN)))
    said, _ = await thread.step()
    assert "All tests pass already" in said
    thread.say("now tests/test_b.py, please.")
    _, calls = await thread.step(ended(answer("tested", RED)))
    assert calls[0][1]["cmd"] == "engine test --root . --only tests/test_b.py"


async def test_repair_begins_a_message_before_its_text() -> None:
    prompt = Prompt(
        instructions="",
        history=[Message(role="user", content=[InputText("repair")])],
        tools=[],
        settings=ModelSettings(model="repair"),
        cache_key="t",
    )
    events = [event async for event in RepairClient(["engine"]).stream(prompt)]
    assert [type(event) for event in events] == [ItemBegun, TextDelta, ItemDone, Finished]


async def test_repair_takes_no_answer_without_its_mark_or_with_a_part_cut_out() -> None:
    for printed in (
        answer("found", FOUND).replace(MARK, "0badc0de"),
        answer("found", FOUND).partition("+  y")[0],
        answer("found", FOUND.replace("-  x\n", "... 90 tokens truncated ...\n")),
    ):
        thread = Thread()
        await to_search(thread, ended(printed))
        said, calls = await thread.step()
        assert calls == []
        assert "I could not go on with the search" in said


SUSPECTS = (
    f"{RED}search: tried 9 edits, 0 pass all tests\n"
    "suspect: a b.py:3\n| def f(x):\n| \n|     return x\nsuspect: c.py:1\n"
)


async def to_proposals(thread: Thread, output: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    await thread.step(ended(answer("tested", RED)))
    _, calls = await thread.step("Plan updated", ended(answer("nothing found", SUSPECTS)))
    assert calls[1][1]["cmd"].endswith("search --root . --budget 150 --suspects 8")
    return await thread.step(output) if output else await thread.step()


async def test_model_is_asked_when_no_edit_helps_and_its_lines_are_tried_like_edits() -> None:
    ideas = Ideas("    return x + 1", "    return 'x'")
    thread = Thread(proposer=ideas)
    said, calls = await to_proposals(thread, ended(answer("found", FOUND)))
    assert ideas.asked == [Suspect("a b.py", 3, "def f(x):\n\n", "    return x")]
    assert "Experimental: the local model proposes 2 other texts" in said
    [(name, arguments)] = calls
    words = shlex.split(arguments["cmd"])
    lines = [["a b.py", 3, "    return x + 1"], ["a b.py", 3, "    return 'x'"]]
    assert (name, words[-4:-1]) == ("exec_command", ["--budget", "60", "--propose"])
    assert json.loads(words[-1]) == lines
    _, calls = await thread.step("Exit code: 0\nOutput:\nSuccess.")
    assert calls == [("apply_patch", {"input": PATCH})]
    await thread.step("Plan updated", ended(answer("tested", GREEN)))
    assert "Repaired: a.py:2 in f" in (await thread.step())[0]


async def test_repair_ends_honestly_when_the_model_is_wrong_or_has_no_idea() -> None:
    thread = Thread(proposer=Ideas("    return x + 1"))
    await to_proposals(thread, ended(answer("nothing found", SUSPECTS)))
    said, calls = await thread.step()
    assert (calls, "I tried 9 small edits" in said) == ([], True)
    assert "Nor did any line that the local model proposed (experimental)" in said

    said, calls = await to_proposals(Thread(proposer=Ideas()), "")
    assert (calls, "local model" in said, "I found no edit" in said) == ([], False, True)
