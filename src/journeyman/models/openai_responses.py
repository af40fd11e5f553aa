"""The OpenAI Responses dialect: a prompt becomes one HTTP request, its answer a stream of events.

Sending is `transport`'s, reading the answer `responses_events`'s. Equal prompts make equal bytes, and a
longer history only appends, so that the provider's prompt cache hits.
Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from journeyman.models.answers import Asked, ProviderMark
from journeyman.models.api import Prompt, ToolSpec
from journeyman.models.freeform import function_parameters
from journeyman.models.images import with_taken_images
from journeyman.models.key_headers import key_headers
from journeyman.models.providers import Provider
from journeyman.models.responses_events import ResponsesDecoder
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OpaqueItem,
    Reasoning,
    encode_history_item,
)


class ResponsesDialect:
    """See `transport.Dialect`."""

    def path(self, prompt: Prompt) -> str:
        """See `Dialect.path`."""
        del prompt
        return "/responses"

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        """See `Dialect.headers`."""
        del prompt
        return key_headers(provider, api_key)

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        """See `Dialect.encode`."""
        del provider
        return encode_request(prompt)

    def decoder(
        self, provider: Provider, prompt: Prompt, secrets: Sequence[str]
    ) -> ResponsesDecoder:
        """See `Dialect.decoder`."""
        del prompt
        mark = ProviderMark(provider.id, "responses")
        return ResponsesDecoder(Asked(mark=mark, secrets=secrets))


def encode_request(prompt: Prompt) -> bytes:
    """The request's body."""
    settings = prompt.settings
    reasoning = _reasoning(prompt)
    history = with_taken_images(prompt.history, settings.profile)
    body: dict[str, Any] = {
        "model": settings.model,
        "instructions": prompt.instructions,
        "input": [raw for item in history if (raw := _item(item))],
        "tools": [*map(_tool, prompt.tools), *_search(prompt)],
        "tool_choice": "auto",
        "parallel_tool_calls": settings.parallel_tool_calls,
        "reasoning": reasoning,
        "store": False,
        "stream": True,
        # Refused by models that do not reason.
        "include": ["reasoning.encrypted_content"] if reasoning else [],
        "service_tier": settings.service_tier,
        "prompt_cache_key": prompt.cache_key,
        "text": _text(prompt),
    }
    return msgspec.json.encode(dict(_present(body.items())))


def _present(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in pairs if value is not None)


def _item(item: HistoryItem) -> dict[str, Any] | None:
    """The item without what another dialect's provider wanted back; None where nothing is left."""
    match item:
        case Reasoning(provider_data=data) if data:
            return None
        case OpaqueItem(raw) if raw.get("provider_data"):
            return None
        case Message() | FunctionCall() | CustomToolCall() if item.provider_data:
            return encode_history_item(msgspec.structs.replace(item, provider_data=None))
        case _:
            return encode_history_item(item)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    if not spec.freeform:
        return {
            "type": "function",
            "name": spec.name,
            "description": spec.description,
            "strict": False,
            "parameters": function_parameters(spec),
        }
    tool: dict[str, Any] = {
        "type": "custom",
        "name": spec.name,
        "description": spec.description,
        "format": {"type": "text"},
    }
    if spec.grammar:
        tool["format"] = {"type": "grammar", "syntax": "lark", "definition": spec.grammar}
    return tool


def _search(prompt: Prompt) -> Iterator[dict[str, Any]]:
    if mode := prompt.settings.web_search:
        yield {"type": "web_search", "external_web_access": mode == "live"}


def _reasoning(prompt: Prompt) -> dict[str, Any] | None:
    settings = prompt.settings
    profile = settings.profile
    effort = settings.reasoning_effort or profile.default_effort
    summary = settings.reasoning_summary
    if effort is None and summary is None:
        return None
    shown = summary if summary != "none" else None
    return dict(_present((("effort", effort), ("summary", shown)))) or None


def _text(prompt: Prompt) -> dict[str, Any] | None:
    settings = prompt.settings
    text: dict[str, Any] = {}
    if settings.verbosity and settings.profile.verbosity:
        text["verbosity"] = settings.verbosity
    if settings.output_schema is not None:
        text["format"] = {
            "type": "json_schema",
            "strict": True,
            "name": "codex_output_schema",
            "schema": settings.output_schema,
        }
    return text or None
