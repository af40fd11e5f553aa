"""The official Python SDK, unmodified, drives `jm app-server` whose model is spoken to in Anthropic Messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, Think, run

PARTS = Path(__file__).parents[2] / ".cache/parts"
PROGRAM = Path(sys.executable).parent / "jm"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (PARTS / "openai_codex").is_dir(), reason="`make test` installs the SDK"
    ),
]

SCENARIO = """
import json, sys
from openai_codex import Codex, CodexConfig

program, work = sys.argv[1:]
with Codex(CodexConfig(codex_bin=program, cwd=work)) as codex:
    thread = codex.thread_start(cwd=work)
    first = thread.run("look around")
    second = thread.run("and again")
    print(json.dumps({
        "answers": [first.final_response, second.final_response],
        "items": [item.root.type for item in first.items],
        "usage": [first.usage.total.input_tokens, first.usage.total.cached_input_tokens],
    }))
"""


def test_python_sdk_runs_a_thread_on_a_model_that_speaks_messages(tmp_path: Path) -> None:
    steps = [
        Step(
            items=[Think("hm"), Say("I look."), run("echo hi"), run("echo ho")],
            usage={"input_tokens_details": {"cached_tokens": 60}},
        ),
        Step(items=[Say("done")]),
        Step(items=[Say("done again")]),
    ]
    with MockProvider(*steps) as provider:
        program = Program(tmp_path, provider)
        program.config.write_text(program.config.read_text() + 'wire_api = "messages"\n')
        environment = {**program.env, "PYTHONPATH": str(PARTS)}
        command = [sys.executable, "-c", SCENARIO, str(PROGRAM), str(program.work)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=50, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        provider.check()
        assert [request.path for request in provider.requests] == ["/v1/messages"] * 3
        assert provider.requests[0].headers["x-api-key"] == "test-key"
        thinking = provider.requests[1].json["messages"][-2]["content"][0]
    assert thinking == {"type": "thinking", "thinking": "hm", "signature": "sealed-1_0"}
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "answers": ["done", "done again"],
        "items": [
            "userMessage",
            "reasoning",
            "agentMessage",
            "commandExecution",
            "commandExecution",
            "agentMessage",
        ],
        "usage": [200, 60],
    }


THREADS = """
import json, sys
from openai_codex import Codex, CodexConfig, ExternalMessage, InvalidRequestError
from openai_codex.client import CodexClient

program, work = sys.argv[1:]
told = {}
with Codex(CodexConfig(codex_bin=program, cwd=work)) as codex:
    thread = codex.thread_start(cwd=work)
    told["answer"] = thread.run("hello").final_response
    told["report"] = thread.run(ExternalMessage(tool_name="ci", content="7 FAILED")).final_response
    thread.set_name("My thread")
    told["name"] = thread.read().thread.name
    told["models"] = sum(1 for model in codex.models().data if model.is_default)
    codex.thread_archive(thread.id)
    told["archived"] = [
        len(codex.thread_list().data), len(codex.thread_list(archived=True).data)
    ]
    told["back"] = codex.thread_unarchive(thread.id).id == thread.id
    try:
        codex.thread_resume("0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee")
    except InvalidRequestError as error:
        told["unknown"] = error.code
with Codex(CodexConfig(codex_bin=program, cwd=work)) as codex:
    resumed = codex.thread_resume(thread.id, include_turns=False)
    told["again"] = resumed.run("and again").final_response
    copy = codex.thread_fork(thread.id)
    told["turns"] = len(copy.read(include_turns=True).thread.turns)


def decide(method, params):
    told.setdefault("asked", []).append([method, params["reason"]])
    return {"decision": "accept"}


client = CodexClient(CodexConfig(codex_bin=program, cwd=work), approval_handler=decide)
client.start()
client.initialize()
asking = {"cwd": work, "approvalPolicy": "on-request", "approvalsReviewer": "user", "sandbox": "read-only"}
thread_id = client.thread_start(asking).thread.id
turn = client.turn_start(thread_id, "go").turn
told["approved"] = client.wait_for_turn_completed(turn.id).turn.status.value
client.close()
print(json.dumps(told))
"""


def test_python_sdk_keeps_threads_and_answers_questions(tmp_path: Path) -> None:
    asks = run("echo hi", sandbox_permissions="require_escalated", justification="why not")
    steps = [
        Step(items=[Say("hi")]),
        Step(items=[Say("noted")]),
        Step(items=[Say("once more")]),
        Step(items=[asks]),
        Step(items=[Say("done")]),
    ]
    with MockProvider(*steps) as provider:
        program = Program(tmp_path, provider)
        environment = {**program.env, "PYTHONPATH": str(PARTS)}
        command = [sys.executable, "-c", THREADS, str(PROGRAM), str(program.work)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=50, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {
            "answer": "hi",
            "report": "noted",
            "name": "My thread",
            "models": 1,
            "archived": [0, 1],
            "back": True,
            "unknown": -32600,
            "again": "once more",
            "turns": 3,
            "asked": [["item/commandExecution/requestApproval", "why not"]],
            "approved": "completed",
        }
        assert "7 FAILED" in json.dumps(provider.requests[1].json["input"])
        provider.check()


UNANSWERED = """
import sys
from openai_codex import CodexConfig
from openai_codex.client import CodexClient

program, work = sys.argv[1:]
client = CodexClient(CodexConfig(codex_bin=program, cwd=work))
client.start()
client.initialize()
asking = {"cwd": work, "approvalPolicy": "on-request", "approvalsReviewer": "user", "sandbox": "read-only"}
turn = client.turn_start(client.thread_start(asking).thread.id, "go").turn
print(client.wait_for_turn_completed(turn.id).turn.status.value)
client.close()
"""


def test_python_sdk_that_knows_no_such_question_grants_nothing(tmp_path: Path) -> None:
    wanted = {"permissions": {"network": {"enabled": True}}}
    steps = [Step(items=[Call("request_permissions", wanted)]), Step(items=[Say("done")])]
    with MockProvider(*steps) as provider:
        program = Program(tmp_path, provider)
        feature = "[features]\nrequest_permissions_tool = true\n"
        program.config.write_text(program.config.read_text() + feature)
        environment = {**program.env, "PYTHONPATH": str(PARTS)}
        command = [sys.executable, "-c", UNANSWERED, str(PROGRAM), str(program.work)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=50, check=False, env=environment
        )
        assert (done.returncode, done.stdout) == (0, "completed\n"), done.stderr
        told = provider.requests[1].json["input"][-1]["output"]
    assert json.loads(told)["permissions"] == {"network": None, "file_system": None}
    assert "not granted" in told
