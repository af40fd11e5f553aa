"""The official Python SDK, unmodified, drives `jm app-server` whose model is spoken to in Anthropic Messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, Think, run

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
