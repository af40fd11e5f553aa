"""jm usage: requests of real runs, summed up, with known and unknown prices."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

# 100 of the input plain, 900 cached, and 200 out, at 5, 0.5 and 30 dollars per million.
USED = {
    "input_tokens": 1_000,
    "input_tokens_details": {"cached_tokens": 900},
    "output_tokens": 200,
    "total_tokens": 1_200,
}
COST = (100 * 5 + 900 * 0.5 + 200 * 30) / 1_000_000
DONE = Step(items=[Say("done")], usage=USED)


def priced(program: Program, *args: str) -> str:
    program.env["CODEX_API_KEY"] = "sdk-key"
    base_url = f'openai_base_url="{program.provider.base_url}"'
    return program.exec("-c", base_url, "-m", "openai/gpt-5.5", *args, "x").stderr


def usage(program: Program, *args: str) -> dict[str, Any]:
    return json.loads(program.run("usage", "--json", *args).stdout)


def test_usage_sums_up_what_runs_paid_by_model(program: Program) -> None:
    program.provider.script(Step(items=[run("true")], usage=USED), DONE, DONE)
    assert f"\ncost\n${2 * COST:.4f}\ntokens used\n" in priced(program)
    assert "cost" not in program.exec("x").stderr
    told = usage(program, "--by", "model")
    assert [(row["model"], row["requests"], row["cost_usd"]) for row in told["rows"]] == [
        ("mock/gpt-5.5", 1, None),
        ("openai/gpt-5.5", 2, round(2 * COST, 9)),
    ]
    total = told["total"]
    assert (total["requests"], total["unpriced_requests"]) == (3, 1)
    assert (total["input_tokens"], total["cached_input_tokens"]) == (3_000, 2_700)
    shown = program.run("usage").stdout
    assert re.search(r"^total +3 +3,000 +90% +600 +\$0\.0139$", shown, re.MULTILINE)
    assert "No known price, and in no sum: 1 of the requests." in shown


def test_json_lines_tell_every_request_and_its_cost_where_that_is_asked_for(
    program: Program,
) -> None:
    steps = [Step(items=[run("true")], usage=USED), DONE]
    priced_args = ["-c", 'models."gpt-5.5".price={input=10.0, output=10.0}', "x"]
    program.provider.script(*steps)
    without = program.events(*priced_args)
    program.provider.script(*steps)
    events = program.events("--costs", *priced_args)
    told = [event for event in events if event["type"] == "request.completed"]
    assert [event["type"] for event in events if event not in told] == [
        event["type"] for event in without
    ]
    assert [one["turn"] for one in told] == [
        {"requests": 1, "cost_usd": 0.012, "unpriced_requests": 0},
        {"requests": 2, "cost_usd": 0.024, "unpriced_requests": 0},
    ]
    last = told[-1]
    assert (last["cause"], last["provider"], last["model"]) == ("step", "mock", "gpt-5.5")
    assert (last["cost_usd"], last["thread"]) == (0.012, last["turn"])
    assert last["usage"] == {
        "input_tokens": 1_000,
        "cached_input_tokens": 900,
        "cache_write_input_tokens": 0,
        "output_tokens": 200,
        "reasoning_output_tokens": 2,
    }
    refused = program.exec("--costs", "x")
    assert refused.returncode == 2
    assert "--costs goes with --json" in refused.stderr


def test_usage_names_threads_and_keeps_no_words_nor_keys(program: Program) -> None:
    program.provider.script(DONE)
    thread_id = program.events("a secret plan")[0]["thread_id"]
    assert [row["thread"] for row in usage(program, "--by", "thread")["rows"]] == [thread_id]
    (file,) = (program.home / "ledger").iterdir()
    assert not re.search("secret plan|test-key", file.read_text())
    line = json.loads(file.read_text())
    assert (line["provider"], line["model"], line["usage"]["totalTokens"]) == (
        "mock", "gpt-5.5", 1_200
    )  # fmt: skip


def test_usage_says_when_there_is_nothing_or_the_day_is_none(program: Program) -> None:
    assert program.run("usage", "--since", "2020-02-03").stdout == "No requests since 2020-02-03.\n"
    wrong = program.run("usage", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "write it as 2026-11-25, or as 7d" in wrong.stderr


def test_day_budget_stops_another_process_before_its_first_request(program: Program) -> None:
    program.config.write_text(
        program.config.read_text()
        + '\n[models."gpt-5.5".price]\ninput = 10.0\noutput = 10.0\n[budget.day]\nusd = 0.01\n'
    )
    program.provider.script(Step(items=[run("true")], usage=USED), DONE)
    # What is not recorded was spent all the same.
    stopped = program.exec("--ephemeral", "x")
    assert stopped.returncode == 1
    assert "the budget of this day is used up: 0.0120 of 0.0100 dollars" in stopped.stderr
    assert "used up" in program.exec("y").stderr
    assert len(program.provider.requests) == 1
    raised = program.exec("-c", "budget.day.usd=1.0", "y")
    assert raised.returncode == 0
    negative = program.exec("-c", "budget.turn.steps=-1", "y")
    assert "budget.turn.steps" in negative.stderr
    assert negative.returncode == 1


@pytest.mark.parametrize("limit", ["usd = 0.03", "tokens = 800", "steps = 3"])
def test_three_processes_stop_together_at_one_day_budget(program: Program, limit: str) -> None:
    # Each request costs 1.2 cents and 300 tokens, so that the third reaches it.
    program.config.write_text(
        program.config.read_text()
        + '\n[models."gpt-5.5".price]\ninput = 10.0\noutput = 10.0\n[budget.day]\n'
        + limit
    )
    program.provider.script(*[Step(items=[run("true")], usage=USED)] * 20)
    running = [program.start("exec", "--skip-git-repo-check", "x") for _ in range(3)]
    ended = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [1, 1, 1]
    assert all(b"the budget of this day is used up" in err for _, err in ended)
    assert len(program.provider.requests) == 3
    assert list((program.home / "ledger/on-its-way").glob("*.json")) == []


def test_long_input_costs_what_the_config_says_of_it(program: Program) -> None:
    long = "{above_tokens=999, input=20.0, output=20.0}"
    price = f'models."gpt-5.5".price={{input=10.0, output=10.0, long={long}}}'
    program.provider.script(DONE)
    program.exec("-c", price, "x")
    assert usage(program)["total"]["cost_usd"] == 0.024
    (file,) = (program.home / "ledger").iterdir()
    assert json.loads(file.read_text())["price"]["input"] == 20


def test_service_tier_that_was_asked_for_has_its_price(program: Program) -> None:
    steps = [Step(items=[run("true")], usage=USED), DONE]
    program.provider.script(*steps)
    assert f"\ncost\n${COST:.4f}\n" in priced(program, "-c", 'service_tier="flex"')
    program.provider.script(*steps)
    refused = priced(program, "-c", 'service_tier="scale"', "-c", "budget.day.usd=1.0")
    assert 'the price of openai/gpt-5.5 in the service tier "scale" is not known' in refused
    assert [row["requests"] for row in usage(program)["rows"]] == [2]


def test_review_counts_under_its_own_cause(program: Program) -> None:
    program.provider.script(DONE)
    program.exec("review", "look at f")
    rows = usage(program, "--by", "cause")["rows"]
    assert [(row["cause"], row["requests"]) for row in rows] == [("review", 1)]
