"""The OpenAI Chat Completions dialect, spoken by OpenAI, most other providers and every local server.

Sending is `transport`'s, reading the answer `chat_events`'s. Only what all its services take is sent: roles
system, user, assistant and tool, pictures of tool outputs in a user message after them.
Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    Asked,
    ProviderMark,
    json_object,
    records,
    string,
)
from journeyman.models.api import Prompt, ToolSpec
from journeyman.models.chat_events import ChatDecoder
from journeyman.models.chat_quirks import in_strict_turns, quirks_of
from journeyman.models.freeform import freeform_names, function_parameters
from journeyman.models.images import with_taken_images
from journeyman.models.key_headers import key_headers
from journeyman.models.providers import Provider
from journeyman.models.reasoning_details import merged_details
from journeyman.models.rounds import (
    AssistantRound,
    ResultsRound,
    Round,
    UserRound,
    content_of,
    rounds,
)
from journeyman.models.structured import in_words
from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    InputImage,
    Message,
    Reasoning,
    Refusal,
    ToolCallItem,
)

_MISTRAL_ID = re.compile(r"[a-zA-Z0-9]{9}")


class ChatDialect:
    """See `transport.Dialect`."""

    def path(self, prompt: Prompt) -> str:
        """See `Dialect.path`."""
        del prompt
        return "/chat/completions"

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        """See `Dialect.headers`."""
        del prompt
        return key_headers(provider, api_key)

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        """See `Dialect.encode`."""
        return msgspec.json.encode(_Request(provider, prompt.settings.model).body(prompt))

    def decoder(self, provider: Provider, prompt: Prompt, secrets: Sequence[str]) -> ChatDecoder:
        """See `Dialect.decoder`."""
        names = freeform_names(prompt.tools)
        asked = Asked(mark=_mark(provider), freeform_tools=names, secrets=secrets)
        return ChatDecoder(asked)


def _mark(provider: Provider) -> ProviderMark:
    return ProviderMark(provider.id, "chat")


class _Request:
    """Writes the request to one provider's model."""

    def __init__(self, provider: Provider, model: str) -> None:
        self._quirks = quirks_of(provider, model)
        self._mark = _mark(provider)
        # The vendor's own service takes what compatible ones refuse.
        self._original = provider.requires_openai_auth

    def body(self, prompt: Prompt) -> dict[str, Any]:
        settings = prompt.settings
        messages: list[dict[str, Any]] = []
        instructions, schema = prompt.instructions, settings.output_schema
        if schema is not None and self._quirks.schema_in_words:
            instructions, schema = instructions + in_words(schema), None
        if instructions:
            messages.append({"role": "system", "content": instructions})
        for one in rounds(with_taken_images(prompt.history, settings.profile)):
            messages += self._messages(one)
        body: dict[str, Any] = {
            "model": settings.model,
            "messages": in_strict_turns(messages) if self._quirks.strict_turns else messages,
            "stream": True,
        }
        if not self._quirks.counts_unasked:
            body["stream_options"] = {"include_usage": True}
        if prompt.tools:
            body["tools"] = [self._tool(spec) for spec in prompt.tools]
            if settings.profile.parallel_tool_calls and not settings.parallel_tool_calls:
                body["parallel_tool_calls"] = False
        effort = settings.reasoning_effort or settings.profile.default_effort
        optional = {
            "reasoning_effort": effort,
            "verbosity": settings.verbosity if settings.profile.verbosity else None,
            "service_tier": settings.service_tier,
            "prompt_cache_key": prompt.cache_key if self._original else None,
            "response_format": _format(schema),
        }
        return {**body, **{name: value for name, value in optional.items() if value is not None}}

    def _tool(self, spec: ToolSpec) -> dict[str, Any]:
        if not spec.freeform or not self._original:
            function = {
                "name": spec.name,
                "description": spec.description,
                "parameters": function_parameters(spec),
            }
            return {"type": "function", "function": function}
        custom: dict[str, Any] = {"name": spec.name, "description": spec.description}
        if spec.grammar:
            grammar = {"syntax": "lark", "definition": spec.grammar}
            custom["format"] = {"type": "grammar", "grammar": grammar}
        return {"type": "custom", "custom": custom}

    def _messages(self, one: Round) -> Iterator[dict[str, Any]]:
        match one:
            case UserRound(messages):
                for message in messages:
                    # Most templates know a system message only at the very beginning.
                    role = "developer" if self._original and message.role != "user" else "user"
                    if parts := _user_content(content_of(message.content)):
                        yield {"role": role, "content": parts}
            case AssistantRound(items):
                if message := self._assistant(items):
                    yield message
            case ResultsRound(results):
                images: list[Content] = []
                for call, output in results:
                    parts = content_of(output.output)
                    text = "\n".join(
                        _text(part) for part in parts if not isinstance(part, InputImage)
                    )
                    images += [part for part in parts if isinstance(part, InputImage)]
                    yield {
                        "role": "tool",
                        "tool_call_id": self._id(call.call_id),
                        "content": text or ("see the image" if images else "(no output)"),
                    }
                if images:
                    yield {"role": "user", "content": _user_content(images)}

    def _assistant(self, items: Sequence[HistoryItem]) -> dict[str, Any]:
        texts: list[str] = []
        calls: list[dict[str, Any]] = []
        reasoning: dict[str, Any] = {}
        for item in items:
            match item:
                case Message():
                    texts += [_text(part) for part in content_of(item.content)]
                case Reasoning():
                    reasoning = self._reasoning(reasoning, item)
                case FunctionCall() | CustomToolCall():
                    calls.append(self._call(item))
                case _:
                    pass
        text = "".join(texts)
        thinking = reasoning.pop("thinking", None)
        if not (text or calls):
            return {}
        content: Any = text or None
        silent = self._quirks.silent_reasoning
        if calls and silent is not None and not reasoning.get("reasoning_content"):
            reasoning["reasoning_content"] = silent
        if thinking:
            content = [thinking, *([{"type": "text", "text": text}] if text else [])]
        return {
            "role": "assistant",
            "content": content,
            **reasoning,
            **({"tool_calls": calls} if calls else {}),
        }

    def _reasoning(self, before: dict[str, Any], item: Reasoning) -> dict[str, Any]:
        """What this answer's reasoning is sent back as, after what `before` has of it."""
        data = self._mark.own(item.provider_data)
        field = string(data.get("field"))
        text = "".join(part.text for part in item.summary)
        if details := records(data.get("details")):
            told = before.get("reasoning_details", [])
            return {**before, "reasoning_details": merged_details([*told, *details])}
        if field == "thinking":
            parts = [{"type": "text", "text": text}]
            return {**before, "thinking": {"type": "thinking", "thinking": parts}}
        return {**before, field: before.get(field, "") + text} if field else before

    def _call(self, call: ToolCallItem) -> dict[str, Any]:
        call_id = self._id(call.call_id)
        if isinstance(call, CustomToolCall) and self._original:
            custom = {"name": call.name, "input": call.input}
            return {"id": call_id, "type": "custom", "custom": custom}
        if isinstance(call, CustomToolCall):
            arguments = msgspec.json.encode({FREEFORM_ARGUMENT: call.input}).decode()
        else:
            arguments = _sound(call.arguments)
        function = {"name": call.name, "arguments": arguments}
        extra = self._mark.own(call.provider_data).get("extra")
        told = {"id": call_id, "type": "function", "function": function}
        return {**told, "extra_content": extra} if extra else told

    def _id(self, call_id: str) -> str:
        """The call's id as the provider takes it: Mistral wants nine letters and digits."""
        if not self._quirks.short_ids or _MISTRAL_ID.fullmatch(call_id):
            return call_id
        return hashlib.sha256(call_id.encode()).hexdigest()[:9]


def _sound(arguments: str) -> str:
    """Arguments that a server's template can read: broken ones are sent back as text in an object."""
    if not arguments.strip():
        return "{}"
    if json_object(arguments) is None:
        return msgspec.json.encode({"broken_arguments": arguments}).decode()
    return arguments


def _user_content(parts: Sequence[Content]) -> str | list[dict[str, Any]]:
    """Plain text where it is text only: not every server takes a list."""
    if not any(isinstance(part, InputImage) for part in parts):
        return "\n".join(_text(part) for part in parts)
    return [_part(part) for part in parts]


def _part(part: Content) -> dict[str, Any]:
    if not isinstance(part, InputImage):
        return {"type": "text", "text": _text(part)}
    detail = {"detail": part.detail} if part.detail else {}
    return {"type": "image_url", "image_url": {"url": part.image_url, **detail}}


def _text(part: Content) -> str:
    match part:
        case Refusal():
            return part.refusal
        case InputImage():
            return ""
        case _:
            return part.text


def _format(schema: dict[str, Any] | None) -> dict[str, Any] | None:
    if schema is None:
        return None
    named = {"name": "codex_output_schema", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}
