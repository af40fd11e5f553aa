"""One coding task through every dialect, over real HTTP, in the real sandbox: nothing may differ but the wire."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from journeyman.cli.dialects import DIALECT_NAMES
from journeyman.protocol.history import encode_history_item
from journeyman.store.replay import read_rollout
from journeyman.testing.mock_provider import MockProvider, RecordedRequest
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, Think, patch, run

BROKEN = "def double(n):\n    return n + n + 1\n"
CHECK = "from calc import double\nassert double(2) == 4\nprint('green')\n"
PATCH = """*** Begin Patch
*** Update File: calc.py
@@
-    return n + n + 1
+    return 2 * n
*** End Patch"""
TASK = [
    Step(items=[Think("Read first."), Say("I read both."), run("cat calc.py"), run("cat check.py")]),
    Step(items=[Think("One too many."), patch(PATCH)]),
    Step(items=[run("python3 check.py")]),
    Step(items=[Say("double is right now.")]),
]  # fmt: skip
PATHS = {
    "chat": "/v1/chat/completions",
    "gemini": "/v1/models/gpt-5.5:streamGenerateContent?alt=sse",
    "messages": "/v1/messages",
    "responses": "/v1/responses",
}


def with_wire(dialect: str) -> list[str]:
    return ["-c", f'model_providers.mock.wire_api="{dialect}"']


def rollout_of(program: Program) -> Path:
    (path,) = program.home.glob("sessions/**/rollout-*.jsonl")
    return path


HIDDEN = {"id", "thread_id", "provider_data", "encrypted_content"}


def plain(value: object) -> Any:
    """Without what differs between two runs: ids, and what only one provider understands."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {name: plain(one) for name, one in members.items() if name not in HIDDEN}
    if isinstance(value, list):
        return [plain(one) for one in cast("list[object]", value)]
    return value


def coding_task(folder: Path, dialect: str) -> tuple[list[Any], list[Any]]:
    """The events and the recorded history of the task in one dialect; every run in the same place."""
    folder.mkdir()
    with MockProvider(*TASK) as provider:
        program = Program(folder, provider)
        (program.work / "calc.py").write_text(BROKEN)
        (program.work / "check.py").write_text(CHECK)
        events = program.events("-s", "workspace-write", *with_wire(dialect), "repair double")
        provider.check()
        assert [request.path for request in provider.requests] == [PATHS[dialect]] * len(TASK)
        assert "return 2 * n" in (program.work / "calc.py").read_text()
        history = [encode_history_item(item) for item in read_rollout(rollout_of(program)).history]
    text = msgspec.json.encode([events, history]).decode().replace(str(folder), "FOLDER")
    events, history = msgspec.json.decode(text)
    return settled(plain(events)), settled([without_time(item) for item in plain(history)])


def without_time(item: dict[str, Any]) -> dict[str, Any]:
    """An output without how long its command took."""
    if "output" not in item:
        return item
    return {**item, "output": str(item["output"]).rpartition("\nOutput:\n")[2]}


def settled(entries: list[Any]) -> list[Any]:
    """Neighbours in one order where two commands that ran at once may have ended in either."""
    ordered: list[Any] = []
    for _, group in groupby(
        entries, lambda entry: (entry["type"], entry.get("item", {}).get("type"))
    ):
        found = list(group)
        ordered += found if found[0]["type"] == "item.started" else sorted(found, key=str)
    return ordered


def test_coding_task_gives_the_same_items_and_rollout_in_every_dialect(tmp_path: Path) -> None:
    events, history = coding_task(tmp_path / "responses", "responses")
    kinds = [event["item"]["type"] for event in events if event["type"] == "item.completed"]
    assert kinds == [
        "reasoning",
        "agent_message",
        "command_execution",
        "command_execution",
        "reasoning",
        "file_change",
        "command_execution",
        "agent_message",
    ]
    assert any("green" in item.get("output", "") for item in history)
    for dialect in sorted({*DIALECT_NAMES} - {"responses"}):
        assert coding_task(tmp_path / dialect, dialect) == (events, history)


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_prefix_is_stable_over_many_steps_and_a_resume(program: Program, dialect: str) -> None:
    def plan(number: int) -> Call:
        return Call("update_plan", {"plan": [{"step": f"step {number}", "status": "in_progress"}]})

    steps = [
        Step(items=[Think(f"thought {n}"), Say(f"said {n}"), plan(n), plan(-n)]) for n in range(50)
    ]
    program.provider.script(*steps, Step(items=[Say("done")]), Step(items=[Say("again")]))
    done = program.exec(*with_wire(dialect), "go")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    done = program.exec("resume", "--last", *with_wire(dialect), "and again")
    assert (done.returncode, done.stdout) == (0, "again\n"), done.stderr
    program.provider.check()
    assert len(program.provider.requests) == 52


def sealed_in(request: RecordedRequest) -> list[str]:
    return re.findall(r"sealed-\w+", request.body.decode())


@pytest.mark.parametrize(
    ("dialect", "refusal"),
    [
        ("gemini", "Corrupted thought signature."),
        ("messages", "messages.1.content.0: Invalid `signature` in `thinking` block"),
        ("responses", "The encrypted content gAAA could not be verified."),
    ],
)
def test_reasoning_of_another_model_is_left_out_and_what_is_refused_is_left_out_too(
    tmp_path: Path, dialect: str, refusal: str
) -> None:
    plan = Call("update_plan", {"plan": [{"step": "read", "status": "in_progress"}]})
    turn = [Step(items=[Think("Read first."), plan]), Step(items=[Say("done")])]
    refused = Step(status=400, body=msgspec.json.encode({"error": {"message": refusal}}))
    again = ("resume", "--last", *with_wire(dialect))
    with MockProvider(*turn, *turn, turn[1], refused, turn[1]) as provider:
        program = Program(tmp_path, provider)
        runs = [program.exec(*with_wire(dialect), "go")]
        provider.invariants.forget()
        runs.append(program.exec(*again, "-m", "gpt-5.4", "go on"))
        runs.append(program.exec(*again, "and on"))
        # While the model stays, so does what it was told.
        provider.check()
        runs.append(program.exec(*again, "at another account"))
        assert [run.stdout for run in runs] == ["done\n"] * 4, [run.stderr for run in runs]
        sent = [sealed_in(request) for request in provider.requests]
    (first,), (second,) = sent[1], sent[3]
    assert first != second
    assert sent == [[], [first], [], [second], [second], [second], []]
    assert "now asked without what another model or account had sealed" in runs[3].stderr
