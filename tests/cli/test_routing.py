"""`[routing]` in whole runs: a fallback that answers, a cheap model for summaries, and what is told of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.cli.server_parts import server_in

from journeyman.protocol.spending import UsageUpdatedNotification
from journeyman.protocol.thread_shelf import ThreadNameUpdatedNotification
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, Think, run

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


def test_small_steps_are_answered_by_the_model_that_the_config_names(program: Program) -> None:
    with MockProvider() as fast:
        program.config.write_text(
            program.config.read_text() + f'\n[model_providers.fast]\nbase_url = "{fast.base_url}"\n'
            '[routing]\nsmall_steps = "fast/quick"\nsmall_step_tokens = 200\n'
        )
        long = run("seq 1 2000")
        program.provider.script(Step(items=[Think("own"), run("true")]), DONE)
        fast.script(Step(items=[Think("fast"), run("true")]), Step(items=[long]))
        done = program.exec("x")
        assert (done.returncode, done.stdout) == (0, "done\n")
        assert done.stderr.count("fast/quick answers small steps from now on") == 1
        assert "instead of" not in done.stderr
        fast.check()
        # First what the user says, then little output, twice, then much.
        models = [[one.json["model"] for one in each.requests] for each in (program.provider, fast)]
        assert models == [["gpt-5.5", "gpt-5.5"], ["quick", "quick"]]
        sealed = [
            [item["type"] for item in one.json["input"]].count("reasoning")
            for one in (*program.provider.requests, *fast.requests)
        ]
        # Nobody reads another's reasoning.
        assert sealed == [0, 1, 0, 0]
        assert "own" in str(program.asked()["input"])
    rows = json.loads(program.run("usage", "--by", "cause", "--json").stdout)["rows"]
    assert [(row["cause"], row["requests"]) for row in rows] == [("small_step", 2), ("step", 2)]


def test_provider_that_is_none_is_said_before_anything_is_asked(program: Program) -> None:
    failed = program.exec("-c", 'routing.fallback=["azure/x"]', "x")
    assert failed.returncode == 1
    assert "AZURE_RESOURCE_NAME is not set" in failed.stderr
    assert program.provider.requests == []


async def test_title_is_asked_of_the_model_that_the_config_names_and_given_up_at_the_end(
    tmp_path: Path,
) -> None:
    with MockProvider(DONE, DONE) as own, MockProvider(Step(items=[Say("A title")])) as cheap:
        overrides = [
            'model="mock/gpt-5.5"',
            f'model_providers.mock={{base_url="{own.base_url}"}}',
            f'model_providers.cheap={{base_url="{cheap.base_url}", wire_api="messages"}}',
            'routing.titles="cheap/claude-x"',
        ]
        async with server_in(tmp_path, overrides=overrides) as services, AppServerHarness(services.manager) as app:  # fmt: skip
            thread = await app.start_thread()
            await app.run_turn(thread.id, "x")
            await app.wait_for(ThreadNameUpdatedNotification)
            cheap.script(Step(items=[Say("never whole")], hang_after=2))
            other = await app.start_thread()
            await app.run_turn(other.id, "y")
            await asyncio.to_thread(cheap.hanging.wait)
            assert [asked.json["model"] for asked in own.requests] == ["gpt-5.5", "gpt-5.5"]
        assert await asyncio.to_thread(cheap.client_gone.wait, 50)
        usage = [seen for seen in app.seen if isinstance(seen, UsageUpdatedNotification)]
        assert [(one.cause, one.provider, one.served_model) for one in usage] == [
            ("step", "mock", "gpt-5.5"),
            ("title", "cheap", "claude-x"),
            ("step", "mock", "gpt-5.5"),
        ]
        names = [n.thread_name for n in app.seen if isinstance(n, ThreadNameUpdatedNotification)]
        assert names == ["A title"]


def test_exec_asks_for_no_title_that_its_end_would_cut_off(program: Program) -> None:
    program.provider.script(DONE)
    program.exec("-c", 'routing.titles="mock/small"', "x")
    assert len(program.provider.requests) == 1
