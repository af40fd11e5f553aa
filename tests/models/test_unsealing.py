"""A service that cannot read what another one had sealed is asked again without it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.models.asking import ask, prompt_of

from journeyman.models.api import ModelError, Prompt, Retrying, StreamEvent
from journeyman.models.scripted import ScriptedClient
from journeyman.models.unsealing import UnsealingClient
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
    Reasoning,
)
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Step
from journeyman.testing.scripted_model import answer, says

HI = Message(role="user", content=[InputText("hi")])
SEALED = Reasoning(summary=[], encrypted_content="sealed")
CALL = FunctionCall(name="ping", arguments="{}", call_id="a", provider_data={"signature": "s"})
PLAIN = FunctionCall(name="ping", arguments="{}", call_id="a")
PONG = FunctionCallOutput(call_id="a", output="pong")
DONE = answer(says("done"))


def refused() -> ModelError:
    error = ModelError("bad_request", "could not be verified")
    error.is_unreadable = True
    return error


async def heard(client: UnsealingClient, prompt: Prompt) -> list[StreamEvent]:
    return [event async for event in client.stream(prompt)]


def told(client: ScriptedClient) -> list[list[HistoryItem]]:
    return [list(prompt.history) for prompt in client.prompts]


async def test_refused_history_is_told_again_as_anyone_can_read_it() -> None:
    answers: Sequence[Sequence[StreamEvent | ModelError]] = [[refused()], DONE, DONE, DONE]
    inner = ScriptedClient(answers)
    client = UnsealingClient(inner)
    prompt = prompt_of(HI, SEALED, CALL, PONG)

    events = await heard(client, prompt)
    why = "could not be verified; now asked without what another model or account had sealed"
    assert events == [Retrying(1, 1, 0.0, why), *DONE]
    # What came later is the provider's own, and the beginning stays as it was told now.
    await heard(client, prompt_of(HI, SEALED, CALL, PONG, SEALED))
    await heard(client, prompt_of(HI, SEALED))
    assert told(inner) == [
        [HI, SEALED, CALL, PONG],
        [HI, PLAIN, PONG],
        [HI, PLAIN, PONG, SEALED],
        [HI, SEALED],
    ]


async def test_refusal_stands_where_nothing_was_sealed_or_all_was_told_bare() -> None:
    for history in ([HI], [HI, SEALED]):
        inner = ScriptedClient([[refused()], [refused()]])
        with pytest.raises(ModelError, match="could not be verified"):
            await heard(UnsealingClient(inner), prompt_of(*history))
        assert len(inner.prompts) == len(history)


@pytest.mark.parametrize(
    ("status", "message", "is_unreadable"),
    [
        (400, "The encrypted content gAAA could not be verified.", True),
        (400, "messages.1.content.0: Invalid `signature` in `thinking` block", True),
        (400, "Corrupted thought signature.", True),
        (400, "no such field", False),
        (500, "lost the encrypted content", False),
    ],
)
async def test_service_says_that_it_cannot_read_the_history(
    status: int, message: str, is_unreadable: bool
) -> None:
    body = b'{"error":{"type":"invalid_request_error","message":"%s"}}' % message.encode()
    with MockProvider(Step(status=status, body=body)) as provider:
        _, error = await ask(provider)
    assert error is not None
    assert error.is_unreadable is is_unreadable
