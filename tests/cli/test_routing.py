"""`[routing]` in whole runs: a fallback that answers, a cheap model for summaries, and what is told of it."""

from __future__ import annotations

import json

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

DONE = Step(items=[Say("done")])
BUSY = Step(status=503, body=b'{"error":{"message":"busy"}}')


def add_other(program: Program, other: MockProvider, routing: str) -> None:
    program.config.write_text(
        program.config.read_text()
        + f'\n[model_providers.other]\nbase_url = "{other.base_url}"\nwire_api = "messages"\n'
        f"[routing]\n{routing}\n"
    )


def test_fallback_answers_and_is_named(program: Program) -> None:
    with MockProvider() as other:
        add_other(program, other, 'fallback = ["other/claude-x"]')
        program.provider.script(BUSY, BUSY, BUSY)
        other.script(Step(items=[run("true")]), DONE)
        # Each step begins with the thread's own model.
        program.provider.script(*[BUSY] * 4)
        done = program.exec("x")
        other.check()
        assert (done.returncode, done.stdout) == (0, "done\n")
        assert "Now asking other/claude-x" in done.stderr
        assert done.stderr.count("other/claude-x answers from now on") == 1
        assert other.requests[0].json["model"] == "claude-x"
    rows = json.loads(program.run("usage", "--by", "model", "--json").stdout)["rows"]
    assert [(row["model"], row["requests"]) for row in rows] == [("other/claude-x", 2)]


def test_summaries_are_written_by_the_model_that_the_config_names(program: Program) -> None:
    with MockProvider() as other:
        add_other(program, other, 'summaries = "other/claude-x"')
        full = {"input_tokens": 90_000, "output_tokens": 10, "total_tokens": 90_010}
        program.provider.script(Step(items=[run("true")], usage=full), DONE)
        other.script(Step(items=[Say("the notes")]))
        assert program.exec("-c", "model_auto_compact_token_limit=80000", "x").returncode == 0
        assert other.requests[0].json["model"] == "claude-x"
        assert "the notes" in json.dumps(program.asked()["input"])
    rows = json.loads(program.run("usage", "--by", "cause", "--json").stdout)["rows"]
    assert [(row["cause"], row["requests"]) for row in rows] == [("compaction", 1), ("step", 2)]


def test_provider_that_is_none_is_said_before_anything_is_asked(program: Program) -> None:
    failed = program.exec("-c", 'routing.fallback=["azure/x"]', "x")
    assert failed.returncode == 1
    assert "AZURE_RESOURCE_NAME is not set" in failed.stderr
    assert program.provider.requests == []
