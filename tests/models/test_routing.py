"""Routing: who is asked for what, and who next when one fails."""

from __future__ import annotations

import msgspec
import pytest

from journeyman.models.api import (
    Cause,
    ErrorKind,
    Finished,
    ItemBegun,
    ItemDone,
    ModelError,
    ModelSettings,
    Prompt,
    ReasoningDelta,
    Retrying,
    StreamEvent,
    TextDelta,
)
from journeyman.models.profiles import ModelProfile
from journeyman.models.routing import Route, RoutingClient
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol.history import (
    FunctionCall,
    FunctionCallOutput,
    HistoryItem,
    InputText,
    Message,
    OpaqueItem,
    Reasoning,
)
from journeyman.testing.scripted_model import answer, says, thinks

PROFILE = ModelProfile(
    family="b",
    context_window=1,
    max_output_tokens=1,
    reasoning_efforts=("low",),
    default_effort="low",
)


def prompt(cause: Cause = "step") -> Prompt:
    settings = ModelSettings(model="own", reasoning_effort="xhigh", web_search="live")
    return Prompt(
        instructions="", history=(), tools=(), settings=settings, cache_key="t", cause=cause
    )


def failing(kind: ErrorKind) -> ScriptedClient:
    """Fails in the middle of its answer."""
    return ScriptedClient([[*says("half")[:2], ModelError(kind, "it broke")]])


def route(provider: str, client: ScriptedClient, model: str | None = None) -> Route:
    return Route(
        provider=provider, connect=lambda: client, model=model, profiles={"b-model": PROFILE}
    )


async def asked(client: RoutingClient, cause: Cause = "step") -> list[StreamEvent]:
    return [event async for event in client.stream(prompt(cause))]


@pytest.mark.parametrize(
    "kind", ["overloaded", "unauthorized", "model_not_found", "connection_failed"]
)
async def test_next_model_answers_when_one_fails_and_the_last_event_says_who(
    kind: ErrorKind,
) -> None:
    own, other = failing(kind), ScriptedClient([answer(says("done"))])
    client = RoutingClient(route("a", own), by_cause={}, fallback=[route("b", other, "b-model")])
    events = await asked(client)
    (again,) = [event for event in events if isinstance(event, Retrying)]
    assert again == Retrying(1, 1, 0.0, "a/own: it broke. Now asking b/b-model")
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.provider, last.model) == ("b", "b-model")
    # What the other service does not know is not asked of it.
    settings = other.prompts[0].settings
    assert (settings.reasoning_effort, settings.web_search) == ("low", None)
    assert own.prompts[0].settings == prompt().settings


@pytest.mark.parametrize("kind", ["bad_request", "context_window_exceeded"])
async def test_request_that_is_at_fault_itself_is_not_passed_on(kind: ErrorKind) -> None:
    other = ScriptedClient([])
    client = RoutingClient(
        route("a", failing(kind)), by_cause={}, fallback=[route("b", other, "b-model")]
    )
    with pytest.raises(ModelError, match="it broke"):
        await asked(client)
    assert other.prompts == []


def own_things() -> list[HistoryItem]:
    """What only its author can read, among what anybody can."""
    return [
        Message(role="user", content=[InputText("go")]),
        Reasoning(summary=[], encrypted_content="sealed"),
        FunctionCall(name="f", arguments="{}", call_id="a", provider_data={"signature": "s"}),
        FunctionCallOutput(call_id="a", output="out"),
        OpaqueItem({"type": "provider_item", "provider_data": {"block": {}}}),
        OpaqueItem({"type": "web_search_call"}),
    ]


READABLE = [
    Message(role="user", content=[InputText("go")]),
    FunctionCall(name="f", arguments="{}", call_id="a"),
    FunctionCallOutput(call_id="a", output="out"),
    OpaqueItem({"type": "web_search_call"}),
]


async def test_what_only_one_model_can_read_goes_to_no_other_that_is_alike() -> None:
    own = ScriptedClient([answer(thinks("own"))])
    fast = ScriptedClient([answer(thinks("fast"), says("done"))] * 2)
    alike = Route(provider="a", connect=lambda: fast, model="b-model", is_alike=True)
    client = RoutingClient(route("a", own), by_cause={"small_step": alike}, fallback=[])
    asked_with = msgspec.structs.replace(prompt("small_step"), history=own_things())
    events = [event async for event in client.stream(asked_with)]
    assert fast.prompts[0].history == READABLE
    # It is shown, and not kept.
    assert [type(event) for event in events[:2]] == [ItemBegun, ReasoningDelta]
    kept = [event.item for event in events if isinstance(event, ItemDone)]
    assert [type(item) for item in kept] == [Message]
    told_apart = msgspec.structs.replace(alike, is_alike=False)
    client = RoutingClient(route("a", own), by_cause={"small_step": told_apart}, fallback=[])
    events = [event async for event in client.stream(asked_with)]
    assert fast.prompts[1].history == own_things()
    assert [type(e.item) for e in events if isinstance(e, ItemDone)] == [Reasoning, Message]


@pytest.mark.parametrize("kind", ["context_window_exceeded", "bad_request", "unauthorized"])
async def test_fast_model_that_fails_is_replaced_by_the_own_one_for_good(kind: ErrorKind) -> None:
    own, fast = ScriptedClient([answer(says("own"))] * 2), failing(kind)
    small: dict[Cause, Route] = {"small_step": route("b", fast, "b-model")}
    client = RoutingClient(route("a", own), by_cause=small, fallback=[])
    last = (await asked(client, "small_step"))[-1]
    assert isinstance(last, Finished)
    assert last.model == "own"
    await asked(client, "small_step")
    assert len(fast.prompts) == 1


async def test_title_is_not_asked_of_one_model_after_the_other() -> None:
    other = ScriptedClient([])
    client = RoutingClient(
        route("a", ScriptedClient([])),
        by_cause={"title": route("c", failing("overloaded"), "b-model")},
        fallback=[route("b", other, "b-model")],
    )
    with pytest.raises(ModelError, match="it broke"):
        await asked(client, "title")
    assert other.prompts == []


async def test_last_failure_is_told_when_nobody_is_left() -> None:
    client = RoutingClient(
        route("a", failing("overloaded")),
        by_cause={},
        fallback=[route("b", failing("unauthorized"), "b-model")],
    )
    with pytest.raises(ModelError) as caught:
        await asked(client)
    assert caught.value.kind == "unauthorized"


async def test_cause_chooses_the_model_and_nobody_else_is_connected_to() -> None:
    def never() -> ScriptedClient:
        raise AssertionError("connected without need")

    cheap = ScriptedClient([answer(says("notes"))])
    client = RoutingClient(
        Route(provider="a", connect=never),
        by_cause={"compaction": route("b", cheap, "b-model")},
        fallback=[],
    )
    events = await asked(client, "compaction")
    assert [type(event) for event in events].count(ItemDone) == 1
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "notes"
    await client.close()
