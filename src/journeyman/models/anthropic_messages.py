"""The Anthropic Messages dialect: a prompt becomes one HTTP request.

Sending is `transport`'s, reading the answer `messages_events`'s. Blocks of one speaker are one message;
cache breakpoints stand after the instructions and the last two messages of the user, where the next request
finds the prefix again.
Source: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    Asked,
    ProviderMark,
    json_object,
    records,
    string,
)
from journeyman.models.api import ModelSettings, Prompt, ToolSpec
from journeyman.models.freeform import freeform_names, function_parameters
from journeyman.models.images import image_data, with_taken_images
from journeyman.models.messages_events import MessagesDecoder
from journeyman.models.providers import Provider
from journeyman.models.rounds import (
    AssistantRound,
    ResultsRound,
    Round,
    UserRound,
    content_of,
    rounds,
)
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    InputImage,
    Message,
    OpaqueItem,
    Reasoning,
    Refusal,
    ToolCallItem,
)

_VERSION = "2023-06-01"
_THINKING_BETWEEN_CALLS = "interleaved-thinking-2025-05-14"
_BREAKPOINT = {"cache_control": {"type": "ephemeral"}}
# This service knows the live web only; five searches answer any question of an agent at work.
_SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
_FOREIGN_ID = re.compile(r"[^a-zA-Z0-9_-]")
# Tokens to think with where the model takes a budget; at least 1,024, and less than the whole answer.
_BUDGETS = {"minimal": 1_024, "low": 4_096, "medium": 12_000, "high": 32_000, "xhigh": 48_000}
_THOUGHTS = {"thinking", "redacted_thinking"}


class MessagesDialect:
    """See `transport.Dialect`."""

    def path(self, prompt: Prompt) -> str:
        """See `Dialect.path`."""
        del prompt
        return "/messages"

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        """See `Dialect.headers`; services other than Anthropic's want the key as a bearer token."""
        headers = {"anthropic-version": _VERSION}
        if _thinks_by_budget(prompt.settings):
            headers["anthropic-beta"] = _THINKING_BETWEEN_CALLS
        if api_key:
            headers["x-api-key"] = api_key
            if not (urlsplit(provider.base_url).hostname or "").endswith("anthropic.com"):
                headers["Authorization"] = f"Bearer {api_key}"
        return headers

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        """See `Dialect.encode`."""
        return msgspec.json.encode(_body(_mark(provider), prompt))

    def decoder(
        self, provider: Provider, prompt: Prompt, secrets: Sequence[str]
    ) -> MessagesDecoder:
        """See `Dialect.decoder`."""
        names = freeform_names(prompt.tools)
        asked = Asked(mark=_mark(provider), freeform_tools=names, secrets=secrets)
        return MessagesDecoder(asked)


def _mark(provider: Provider) -> ProviderMark:
    return ProviderMark(provider.id, "messages")


def _body(mark: ProviderMark, prompt: Prompt) -> dict[str, Any]:
    settings = prompt.settings
    messages = _messages(mark, with_taken_images(prompt.history, settings.profile))
    body: dict[str, Any] = {
        "model": settings.model,
        "max_tokens": settings.profile.max_output_tokens,
        "stream": True,
        "messages": messages,
    }
    if prompt.instructions:
        body["system"] = [{"type": "text", "text": prompt.instructions, **_BREAKPOINT}]
    search = [_SEARCH] if settings.web_search == "live" else []
    if prompt.tools or search:
        body["tools"] = [*map(_tool, prompt.tools), *search]
        if not settings.parallel_tool_calls:
            body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    return {**body, **_thinking(settings, messages)}


def _thinks_by_budget(settings: ModelSettings) -> bool:
    wanted = settings.reasoning_effort not in {None, "none"}
    return wanted and not settings.profile.adaptive_thinking


def _thinking(settings: ModelSettings, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """How much to think, and in which form to answer: both are told to the model in one place."""
    profile, effort = settings.profile, settings.reasoning_effort
    told: dict[str, Any] = {}
    output: dict[str, Any] = {}
    if settings.output_schema is not None:
        output["format"] = {"type": "json_schema", "schema": settings.output_schema}
    if _thinks_by_budget(settings) and not _goes_on_without_thinking(messages):
        budget = min(_BUDGETS.get(effort or "", 12_000), profile.max_output_tokens // 2)
        told["thinking"] = {"type": "enabled", "budget_tokens": budget}
    elif profile.adaptive_thinking and effort not in {None, "none"}:
        told["thinking"] = {"type": "adaptive", "display": "summarized"}
        output["effort"] = _adaptive_effort(settings.model, effort)
    return {**told, "output_config": output} if output else told


def _adaptive_effort(model: str, effort: str | None) -> str | None:
    """The service's word for it; the level between high and max came with the models after 4.6.

    Source: https://platform.claude.com/docs/en/build-with-claude/effort
    """
    if effort == "xhigh" and "-4-6" in model:
        return "max"
    return "low" if effort == "minimal" else effort


def _goes_on_without_thinking(messages: list[dict[str, Any]]) -> bool:
    """Whether the last answer called tools without a thought before: then none may be asked for now.

    So it is where another model gave that answer. Source:
    https://platform.claude.com/docs/en/build-with-claude/extended-thinking
    """
    answers = [message for message in messages if message["role"] == "assistant"]
    blocks: list[dict[str, Any]] = answers[-1]["content"] if answers else []
    results = {block["type"] for block in messages[-1]["content"]} if messages else set[str]()
    return bool(blocks) and "tool_result" in results and not _is_thought(blocks[0])


def _is_thought(block: dict[str, Any]) -> bool:
    return string(block.get("type")) in _THOUGHTS


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "input_schema": function_parameters(spec),
    }


def _messages(mark: ProviderMark, history: Sequence[HistoryItem]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for one in rounds(history):
        role = "assistant" if isinstance(one, AssistantRound) else "user"
        blocks = list(_blocks(mark, one))
        # An answer that ended in a thought, at the token limit say, is refused.
        while role == "assistant" and blocks and _is_thought(blocks[-1]):
            blocks.pop()
        if not blocks:
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    users = [message for message in messages if message["role"] == "user"]
    for message in users[-2:]:
        message["content"][-1] = {**message["content"][-1], **_BREAKPOINT}
    return messages


def _blocks(mark: ProviderMark, one: Round) -> Iterator[dict[str, Any]]:
    match one:
        case UserRound(messages):
            for message in messages:
                yield from (_content(part) for part in content_of(message.content))
        case ResultsRound(results):
            for call, output in results:
                content = [_content(part) for part in content_of(output.output)]
                result = {"type": "tool_result", "tool_use_id": _id(call.call_id)}
                yield {**result, "content": content} if content else result
        case AssistantRound(items):
            for item in items:
                yield from _said(mark, item)


def _said(mark: ProviderMark, item: HistoryItem) -> Iterator[dict[str, Any]]:
    match item:
        case Message():
            if blocks := records(mark.own(item.provider_data).get("blocks")):
                yield from (block for block in blocks if string(block.get("text")).strip())
                return
            yield from (_content(part) for part in content_of(item.content))
        case Reasoning():
            if block := record(mark.own(item.provider_data).get("block")):
                yield block
        case FunctionCall() | CustomToolCall():
            yield _call(item)
        case OpaqueItem(raw):
            if block := record(mark.own(raw.get("provider_data")).get("block")):
                yield block
        case _:
            pass


def _call(call: ToolCallItem) -> dict[str, Any]:
    if isinstance(call, CustomToolCall):
        arguments = {FREEFORM_ARGUMENT: call.input}
    else:
        # What was no object is told as text: the model sees what it wrote, and the service takes it.
        arguments = json_object(call.arguments)
        arguments = {"broken_arguments": call.arguments} if arguments is None else arguments
    return {"type": "tool_use", "id": _id(call.call_id), "name": call.name, "input": arguments}


def _id(call_id: str) -> str:
    """The call's id without the characters that this service refuses in ids of others."""
    return _FOREIGN_ID.sub("_", call_id)


def _content(part: Content) -> dict[str, Any]:
    if isinstance(part, InputImage):
        data = image_data(part)
        source = (
            {"type": "base64", "media_type": data[0], "data": data[1]}
            if data
            else {"type": "url", "url": part.image_url}
        )
        return {"type": "image", "source": source}
    return {"type": "text", "text": part.refusal if isinstance(part, Refusal) else part.text}
