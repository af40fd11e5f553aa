"""Asks a mock provider as the product does, and gathers what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journeyman.models.api import (
    ItemDone,
    ModelError,
    ModelSettings,
    Prompt,
    StreamEvent,
    ToolSpec,
)
from journeyman.models.openai_responses import ResponsesDialect
from journeyman.models.transport import Dialect, HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.protocol.history import HistoryItem, InputText, Message
from journeyman.testing.mock_provider import MockProvider

HELLO = Message(role="user", content=[InputText("hello")])


def prompt_of(*history: HistoryItem, tools: Sequence[ToolSpec] = (), **settings: Any) -> Prompt:
    fields: dict[str, Any] = {"model": "gpt-5.5", **settings}
    return Prompt(
        instructions="be good",
        history=history or [HELLO],
        tools=tools,
        settings=ModelSettings(**fields),
        cache_key="thread-1",
    )


async def ask(
    provider: MockProvider,
    prompt: Prompt | None = None,
    dialect: Dialect | None = None,
    **changes: Any,
) -> tuple[list[StreamEvent], ModelError | None]:
    """What one attempt brings: its events, and its error if it failed."""
    http = HttpClient()
    client = HttpModelClient(
        provider.provider(**changes),
        dialect or ResponsesDialect(),
        http=http,
        api_key="test-key-123",
        secrets=["hush-hush"],
    )
    events: list[StreamEvent] = []
    try:
        async for event in client.stream(prompt or prompt_of()):
            events.append(event)  # noqa: PERF401 -- keeps what came before an error
    except ModelError as error:
        return events, error
    finally:
        await http.close()
    return events, None


def items(events: Sequence[StreamEvent]) -> list[HistoryItem]:
    return [event.item for event in events if isinstance(event, ItemDone)]
