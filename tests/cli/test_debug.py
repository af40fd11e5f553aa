"""`jm debug decode` on answers of its own scripts."""

from __future__ import annotations

import json

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
