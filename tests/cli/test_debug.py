"""`jm debug decode` on answers of its own scripts."""

from __future__ import annotations

import json

import pytest

from journeyman.testing import messages_script
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, Think


def test_debug_decode_prints_what_an_answer_means(program: Program) -> None:
    step = Step(items=[Think("hm"), Say("so"), Call("ping", '{"a')])
    (program.work / "answer.sse").write_bytes(b"".join(messages_script.frames(step, 1)))
    done = program.run("debug", "decode", "--dialect", "messages", "answer.sse")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "text": "so",
        "reasoning": "hm",
        "refusal": None,
        "tool_calls": [{"name": "ping", "arguments": None}],
        "finish": "tool_use",
        "usage": {"input": 100, "cached": 0, "output": 7, "reasoning": 2},
        "error": None,
        "complete": True,
    }


def test_debug_decode_reads_a_refusal_by_its_status(program: Program) -> None:
    (program.work / "no.json").write_text('[{"error":{"status":"UNAVAILABLE","message":"later"}}]')
    done = program.run("debug", "decode", "--dialect", "gemini", "--status", "503", "no.json")
    assert json.loads(done.stdout)["error"] == {"type": "UNAVAILABLE", "message": "later"}


def test_debug_decode_says_what_to_do_when_there_is_no_file(program: Program) -> None:
    done = program.run("debug", "decode", "--dialect", "chat", "missing")
    assert done.returncode == 1
    assert "No such file or directory; name a file that holds an answer's body" in done.stderr


def test_debug_prompt_prints_the_very_request_that_exec_would_send(program: Program) -> None:
    (program.work / "AGENTS.md").write_text("Use tabs.")
    (program.work / "schema.json").write_text('{"type":"object"}')
    args = ["-m", "gpt-5.4", "-s", "workspace-write", "--output-schema", "schema.json", "do it"]
    del program.env["MOCK_KEY"]
    shown = program.run("debug", "prompt", *args)
    assert shown.returncode == 0, shown.stderr
    assert (program.provider.requests, list(program.home.glob("sessions/**/*.jsonl"))) == ([], [])
    assert shown.stderr == f"POST {program.provider.base_url}/responses\n"

    program.env["MOCK_KEY"] = "test-key"
    program.provider.script(Step(items=[Say("ok")]))
    program.exec(*args)
    body, sent = json.loads(shown.stdout), program.asked()
    # The thread is another one.
    assert body.pop("prompt_cache_key") != sent.pop("prompt_cache_key")
    assert body == sent
    assert "Use tabs." in shown.stdout


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["-m", "offline/repair", "hi"], "the run asked no model over a wire"),
        (["-i", "missing.png", "hi"], "missing.png"),
        (["-m", "mock/x", "-c", "model_providers.mock.wire_api=telex", "hi"], "wire_api"),
    ],
)
def test_debug_prompt_says_why_no_request_would_be_made(
    program: Program, args: list[str], says: str
) -> None:
    done = program.run("debug", "prompt", *args)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
