"""`import journeyman`: a script's view of the agent, as real processes; the examples of docs/python.md run here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import journeyman
from journeyman.protocol.approvals import CommandApprovalParams
from journeyman.protocol.events import AgentMessageDeltaNotification, TurnCompletedNotification
from journeyman.protocol.items import CommandExecutionItem
from journeyman.protocol.jsonrpc import ConnectionLostError, RpcError
from journeyman.protocol.permission_requests import PermissionsApprovalParams
from journeyman.protocol.spending import Spending
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, run

DOCS = Path(__file__).parents[2] / "docs/python.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with MockProvider() as provider:
        yield Program(tmp_path, provider)
        provider.check()


def test_script_runs_streams_resumes_and_forks(program: Program) -> None:
    answers = ["one", "two", "three", "four"]
    program.provider.script(*(Step(items=[Say(text)]) for text in answers))
    with journeyman.Agent(env=program.env) as agent:
        thread = agent.start(str(program.work))
        first = thread.run("1")
        assert (first.text, first.status, len(first.items)) == ("one", "completed", 2)
        assert first.usage.total_tokens > 0
        assert first.spending == Spending(requests=1, cost_usd=None, unpriced_requests=1)
        events = list(thread.stream("2"))
        deltas = [e.delta for e in events if isinstance(e, AgentMessageDeltaNotification)]
        assert "".join(deltas) == "two"
        assert isinstance(events[-1], TurnCompletedNotification)
    with journeyman.Agent(env=program.env) as agent:
        assert [known.id for known in agent.threads()] == [thread.id]
        assert agent.resume(thread.id).run("3").text == "three"
        copy = agent.fork(thread.id)
        assert copy.id != thread.id
        assert copy.run("4").text == "four"
    assert program.user_texts() == ["1", "2", "3", "4"]


@pytest.mark.parametrize(("allowed", "status"), [(True, "completed"), (False, "declined")])
def test_script_is_asked_for_consent(program: Program, *, allowed: bool, status: str) -> None:
    asks = run("echo hi", sandbox_permissions="require_escalated", justification="why not")
    program.provider.script(Step(items=[asks]), Step(items=[Say("done")]))
    asked: list[object] = []

    def approve(question: object) -> bool:
        asked.append(question)
        return allowed

    with journeyman.Agent(env=program.env, approve=approve) as agent:
        thread = agent.start(str(program.work), approval_policy="on-request")
        result = thread.run("go")
    [question] = asked
    assert isinstance(question, CommandApprovalParams)
    [item] = [item for item in result.items if isinstance(item, CommandExecutionItem)]
    assert item.status == status


@pytest.mark.parametrize("allowed", [True, False])
def test_script_may_grant_what_the_model_asks_for(program: Program, *, allowed: bool) -> None:
    program.config.write_text(
        program.config.read_text() + "[features]\nrequest_permissions_tool = true\n"
    )
    folder = program.work.parent / "other"
    folder.mkdir()
    wanted = {"permissions": {"file_system": {"write": [str(folder)]}}}
    program.env["HOME"] = str(program.home)
    program.provider.script(
        Step(items=[Call("request_permissions", wanted)]), Step(items=[Say("done")])
    )
    asked: list[object] = []

    def approve(question: object) -> bool:
        asked.append(question)
        return allowed

    with journeyman.Agent(env=program.env, approve=approve) as agent:
        agent.start(str(program.work), sandbox="workspace-write").run("go")
    [question] = asked
    assert isinstance(question, PermissionsApprovalParams)
    told = program.provider.requests[-1].json["input"][-1]["output"]
    assert (str(folder) in told) == allowed


def test_leaving_a_stream_interrupts_its_turn(program: Program) -> None:
    program.provider.script(
        Step(items=[run("sleep 1000", yield_time_ms=30_000)]), Step(items=[Say("again")])
    )
    with journeyman.Agent(env=program.env) as agent:
        thread = agent.start(str(program.work))
        for event in thread.stream("go"):
            if isinstance(getattr(event, "item", None), CommandExecutionItem):
                break
        assert thread.run("and now?").text == "again"


def test_failures_are_told_as_what_they_are(program: Program) -> None:
    program.provider.script(Step(status=400, body=b'{"error":{"message":"bad thing"}}'))
    with journeyman.Agent(env=program.env) as agent:
        with pytest.raises(journeyman.TurnFailedError, match="bad thing"):
            agent.start(str(program.work)).run("go")
        with pytest.raises(RpcError, match="no rollout found"):
            agent.resume("0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee")
    with pytest.raises(ConnectionLostError, match="not started"):
        journeyman.Agent().start()
    with (
        pytest.raises(ConnectionLostError),
        journeyman.Agent(env=program.env, config=["model=5"]),
    ):
        pass
    with pytest.raises(AttributeError, match="no attribute 'Agnet'"):
        _ = journeyman.Agnet


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_of_the_documentation_run(program: Program, number: int) -> None:
    program.provider.script(*(Step(items=[Say(f"answer {n}")]) for n in range(3)))
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]],
        cwd=program.work,
        env={**program.env, "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"answer \d", done.stdout)


def test_documentation_has_examples() -> None:
    assert len(EXAMPLES) >= 4
