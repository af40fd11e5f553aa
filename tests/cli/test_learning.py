"""A model that the product does not know: its server is asked once, and what it tells is kept."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

DONE = Step(items=[Say("done")])
LISTED = {"data": [{"id": "strange", "max_model_len": 32_768, "owned_by": "vllm"}]}
OLLAMA = {"data": [{"id": "strange", "owned_by": "library"}]}
SHOWN = {"model_info": {"strange.context_length": 262_144}, "parameters": "num_ctx 65536", "capabilities": ["completion", "vision"]}  # fmt: skip
PROPS = {"default_generation_settings": {"n_ctx": 4_096}, "modalities": {"vision": False}}
LMSTUDIO = {"data": [{"id": "strange", "type": "llm", "loaded_context_length": 8_192}]}


def shown(program: Program, name: str = "mock/strange", *args: str) -> dict[str, Any]:
    return json.loads(program.run("models", "show", name, "--json", *args).stdout)


@pytest.mark.parametrize(
    ("provider", "tells", "facts"),
    [
        ("mock", {"/v1/models": LISTED}, (32_768, False)),
        ("mock", {"/v1/models": OLLAMA, "/api/show": SHOWN}, (65_536, True)),
        ("ollama", {"/api/show": SHOWN, "/api/ps": {"models": [{"name": "strange", "context_length": 4_096}]}}, (4_096, True)),
        ("llamacpp", {"/props": PROPS}, (4_096, False)),
        ("lmstudio", {"/api/v0/models": LMSTUDIO}, (8_192, False)),
    ],
)  # fmt: skip
def test_server_is_asked_once_and_its_word_is_kept(
    program: Program, provider: str, tells: dict[str, Any], facts: tuple[int, bool]
) -> None:
    at = ["-c", f'model_providers.{provider}.base_url="{program.provider.base_url}"']
    name = f"{provider}/strange"
    program.provider.tells = tells
    program.provider.script(DONE, DONE)

    first = program.exec(*at, "-m", name, "hi")
    asked = len(program.provider.questions)
    second = program.exec(*at, "-m", name, "hi")

    assert (first.stdout, second.stdout) == ("done\n", "done\n")
    assert f"says of strange: context window {facts[0]:,} tokens" in first.stderr
    assert f'[models."{name}"] in config.toml overrides it' in first.stderr
    assert "says of strange" not in second.stderr
    assert "not found" not in first.stderr + second.stderr
    assert len(program.provider.questions) == asked
    known = shown(program, name, *at)
    assert (known["known"], known["context_window"], known["images"]) == (True, *facts)
    assert known["learnt"].endswith(", from its server")
    # Another server under the same name is another one.
    elsewhere = ["-c", f'model_providers.{provider}.base_url="http://127.0.0.1:9/v1"']
    assert shown(program, name, *elsewhere)["learnt"] is None


def test_window_that_may_be_less_is_asked_for_again_once_the_model_is_loaded(
    program: Program,
) -> None:
    at = ["-c", f'model_providers.ollama.base_url="{program.provider.base_url}"']
    program.provider.tells = {"/api/show": {**SHOWN, "parameters": ""}, "/api/ps": {"models": []}}
    program.provider.script(DONE, DONE, DONE)
    first, second = (program.exec(*at, "-m", "ollama/strange", "hi") for _ in range(2))
    loaded = {"models": [{"name": "strange", "context_length": 4_096}]}
    program.provider.tells["/api/ps"] = loaded
    third = program.exec(*at, "-m", "ollama/strange", "hi")
    assert "context window 262,144 tokens, unless it is loaded with a smaller one" in first.stderr
    assert "says of strange" not in second.stderr
    assert "context window 4,096 tokens" in third.stderr
    assert shown(program, "ollama/strange", *at)["context_window"] == 4_096


def test_user_has_the_last_word(program: Program) -> None:
    program.provider.tells = {"/v1/models": LISTED}
    program.provider.script(DONE)
    program.config.write_text(program.config.read_text() + '[models."strange"]\nimages = true\n')
    program.exec("-m", "mock/strange", "hi")
    known = shown(program)
    assert (known["context_window"], known["images"]) == (32_768, True)
    own = shown(program, "mock/strange", "-c", 'models."mock/strange".context_window=1000')
    assert (own["context_window"], own["learnt"]) == (1_000, None)


def test_key_goes_along_and_a_server_that_tells_nothing_is_not_asked_again(
    program: Program,
) -> None:
    program.provider.tells = {"/v1/models": {"data": [{"id": "strange"}]}}
    program.provider.script(DONE, DONE)
    for _ in range(2):
        done = program.exec("-m", "mock/strange", "hi")
        assert "context window is taken as 128000 tokens" in done.stderr
    [question] = program.provider.questions
    assert question.headers["authorization"] == "Bearer test-key"


def test_server_that_does_not_answer_holds_nothing_up(program: Program) -> None:
    """It accepts, and says nothing: the question is given up, and asked again with the next run."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        at = f'model_providers.mock.base_url="http://127.0.0.1:{port}/v1"'
        idle = "model_providers.mock.stream_idle_timeout_ms=200"
        failed = program.exec("-c", at, "-c", idle, "-m", "mock/strange", "hi")
    assert failed.returncode == 1
    assert "context window is taken as" in failed.stderr
    assert not (program.home / "learnt_models.json").exists()


def test_probe_is_remembered_with_what_the_server_tells(program: Program) -> None:
    program.provider.tells = {"/v1/models": LISTED}
    program.provider.script(*(DONE for _ in range(8)))
    program.run("models", "probe", "mock/strange")
    known = shown(program)
    assert (known["context_window"], known["parallel_tool_calls"]) == (32_768, False)
    assert known["learnt"].endswith(", from its probe")
