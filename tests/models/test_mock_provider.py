from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.models.asking import ask, items, prompt_of

from journeyman.models.api import ModelError
from journeyman.models.scripted import ScriptedClient
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.prompt_invariants import PromptInvariants
from journeyman.testing.responses_script import Say, Step
from journeyman.testing.scripted_model import answer, calls, says

USER: dict[str, Any] = {"type": "message", "role": "user", "content": []}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "x"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": ""}


def body(*history: dict[str, Any], **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "model": "m",
        "instructions": "i",
        "tools": [],
        "prompt_cache_key": "k",
    }
    return msgspec.json.encode({**fields, "input": history, **changes})


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (body(USER, CALL, OUTPUT), []),
        (b"[1", "the body is no JSON object"),
        (body(instructions=1, input="x"), "input is no list of objects"),
        (body({**USER, "role": "robot"}), "input[0] has the unknown role 'robot'"),
        (body(USER, CALL), "the call c has 0 outputs"),
        (body(CALL, OUTPUT, OUTPUT), "the call c has 2 outputs"),
        (body(OUTPUT, CALL), "the output of c comes without or before its call"),
        (body(CUSTOM, OUTPUT), "the call c has 0 outputs"),
        (body(CALL, OUTPUT, CALL, OUTPUT), "the call id c is not unique"),
    ],
)
def test_prompt_invariants_name_what_is_wrong(raw: bytes, found: str | list[str]) -> None:
    violations = PromptInvariants().violations(raw)
    if isinstance(found, str):
        assert any(text.startswith(found) for text in violations), violations
    else:
        assert violations == found


@pytest.mark.parametrize(
    ("following", "found"),
    [
        (body(USER, USER), []),
        (body(USER, CALL, OUTPUT), []),
        (body(), ["input[0] changed: the prefix is not stable"]),
        (body({**USER, "id": "1"}), ["input[0] changed: the prefix is not stable"]),
        (body(USER, instructions="j"), ["instructions changed within the thread"]),
        (body(USER, tools=[{}]), ["tools changed within the thread"]),
        (body(prompt_cache_key="other"), []),
        (body(model="other"), []),
    ],
)
def test_prompt_invariants_compare_with_the_request_before(
    following: bytes, found: list[str]
) -> None:
    invariants = PromptInvariants()
    assert invariants.violations(body(USER)) == []
    assert invariants.violations(following) == found


async def test_mock_provider_tells_violations_and_what_is_left_of_its_script() -> None:
    with MockProvider(Step(items=[Say("a")]), Step()) as provider:
        await ask(provider)
        assert (provider.steps_left, provider.violations) == (1, [])
        await ask(provider, prompt_of(*items(calls("f", {}, call_id="c1"))))
        assert provider.violations == [
            "request 2: the call c1 has 0 outputs",
            "request 2: input[0] changed: the prefix is not stable",
        ]
        with pytest.raises(AssertionError, match="request 2"):
            provider.check()


async def test_scripted_client_replays_its_answers_then_complains() -> None:
    client = ScriptedClient([answer(says("a"))])
    assert [event async for event in client.stream(prompt_of())] == answer(says("a"))
    with pytest.raises(ModelError, match="no answer number 2"):
        [event async for event in client.stream(prompt_of())]
    assert client.prompts == [prompt_of(), prompt_of()]
