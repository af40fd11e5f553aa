"""jm models: what is offered, what is known, and what a server can really do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, Think

WEATHER = [Call("get_weather", {"city": city}) for city in ("Paris", "Rome")]
CACHED = {"input_tokens": 2_000, "input_tokens_details": {"cached_tokens": 1_920}}
ABLE = [
    Step(items=[Say("one, two, three, four, five")]),
    Step(items=WEATHER[:1]),
    Step(items=WEATHER),
    Step(items=[Say('{"answer": 42}')]),
    Step(items=[Think("13 times 17"), Say("No.")]),
    Step(items=[Say("Red.")]),
    Step(items=[Say("one")]),
    Step(items=[Say("one")], usage=CACHED),
]
# Nothing of it is refused, and nothing of it works.
UNABLE = [
    ABLE[0],
    Step(items=[Call("get_weather", '{"city": ')]),
    Step(items=[Say("I cannot call tools.")]),
    Step(items=[Say("42")]),
    Step(items=[Say("No.")], usage={"output_tokens_details": {"reasoning_tokens": 0}}),
    Step(status=400, body=b'{"error":{"message":"no images here"}}'),
    Step(items=[Say("one")]),
    Step(items=[Say("one")]),
]
FEATURES = ("streaming", "usage", "tool call", "parallel calls", "structured output", "reasoning", "images", "cache counts")  # fmt: skip


@pytest.mark.parametrize("wire_api", ["responses", "chat", "messages", "gemini"])
def test_probe_finds_everything_that_works_in_each_dialect(program: Program, wire_api: str) -> None:
    program.provider.script(*ABLE)
    wire = ["-c", f"model_providers.mock.wire_api={wire_api}"]
    told = json.loads(program.run("models", "probe", "mock/m", *wire, "--json").stdout)
    verdicts = {one["feature"]: one["verdict"] for one in told["findings"]}
    assert verdicts == dict.fromkeys(FEATURES, "yes")
    assert told["wire_api"] == wire_api
    causes = json.loads(program.run("usage", "--by", "cause", "--json").stdout)["rows"]
    assert [(row["cause"], row["requests"]) for row in causes] == [("probe", len(ABLE))]


def test_probe_tells_what_does_not_work_as_a_table(program: Program) -> None:
    program.provider.script(*UNABLE)
    done = program.run("models", "probe", "mock/m")
    rows = [tuple(map(str.strip, line.split("  ", 1))) for line in done.stdout.splitlines()]
    said = {feature: rest.split()[0] for feature, rest in rows}
    works = {"streaming": "yes", "usage": "yes", "images": "failed"}
    assert said == {feature: works.get(feature, "no") for feature in FEATURES}
    assert "no images here" in done.stdout
    assert done.returncode == 0


def test_probe_ends_at_once_when_nobody_answers(program: Program) -> None:
    program.provider.script(Step(status=401, body=b'{"error":{"message":"who are you"}}'))
    done = program.run("models", "probe", "mock/m")
    assert done.returncode == 1
    assert "refused the key" in done.stdout
    assert len(program.provider.requests) == 1


def facts(program: Program, *args: str) -> Any:
    return json.loads(program.run("models", *args, "--json").stdout)


def test_list_and_show_say_what_is_known_and_whose_word_it_is(program: Program) -> None:
    names = [one["name"] for one in facts(program, "list")]
    assert {"gpt-5.5", "anthropic/claude-sonnet-5", "offline/repair"} <= set(names)
    assert "gpt-5.2" in [one["name"] for one in facts(program, "list", "--all")]
    known = facts(program, "show", "openai/gpt-5.5")
    assert known["price_usd_per_million_tokens"]["output"] == 30
    assert known["price_source"].startswith("the price table of")
    assert known["price_date"] == "2026-11-25"
    assert known["price_of_long_input"]["above_tokens"] == known["working_window"] == 272_000
    assert "price_of_long_input" not in facts(program, "show", "openai/gpt-5.2")
    own = facts(program, "show", "mock/x", "-c", "models.x={price={input=1.0,output=2.0}}")
    assert (own["known"], own["price_source"]) == (False, "config.toml")
    shown = program.run("models", "show", "anthropic/claude-sonnet-5").stdout
    assert "edit format                   replace\n" in shown
    assert "reasoning efforts             low, medium, high, xhigh\n" in shown
    unknown = program.run("models", "show", "-c", "model_provider=nope", "x")
    assert unknown.returncode == 1
    assert "no model provider 'nope'" in unknown.stderr


def test_local_model_is_labelled_experimental_and_no_other(program: Program) -> None:
    listed = program.run("models", "list").stdout.splitlines()
    labelled = [line.split()[0] for line in listed if line.endswith("experimental")]
    shown = json.loads(program.run("models", "show", "local/smollm2", "--json").stdout)
    assert (labelled, shown["experimental"]) == (["local/smollm2"], True)
