"""Google's generateContent dialect: a prompt becomes one HTTP request.

Sending is `transport`'s, reading the answer `generate_events`'s. Thought signatures go back on the very
parts that they came with.
Source: https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    Asked,
    ProviderMark,
    json_object,
    records,
)
from journeyman.models.api import ModelSettings, Prompt
from journeyman.models.freeform import freeform_names, function_parameters
from journeyman.models.gemini_versions import generation
from journeyman.models.generate_events import GenerateDecoder
from journeyman.models.images import image_data, with_taken_images
from journeyman.models.providers import Provider
from journeyman.models.rounds import (
    AssistantRound,
    ResultsRound,
    Round,
    UserRound,
    content_of,
    rounds,
)
from journeyman.models.structured import in_words
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
    ToolOutputItem,
    text_of,
)

# Google's word for a call that another model made: such a call has no signature of its own.
_FOREIGN_SIGNATURE = "skip_thought_signature_validator"
# https://ai.google.dev/gemini-api/docs/image-understanding
_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"})
_BUDGETS = {
    "none": 0,
    "minimal": 512,
    "low": 2_048,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 24_576,
}
_LEVELS = {"none": "low", "minimal": "low", "xhigh": "high"}


class GenerateDialect:
    """See `transport.Dialect`."""

    def path(self, prompt: Prompt) -> str:
        """See `Dialect.path`."""
        model = quote(prompt.settings.model.removeprefix("models/"), safe="")
        return f"/models/{model}:streamGenerateContent?alt=sse"

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        """See `Dialect.headers`."""
        del provider, prompt
        return {"x-goog-api-key": api_key} if api_key else {}

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        """See `Dialect.encode`."""
        return msgspec.json.encode(_Request(provider, prompt.settings).body(prompt))

    def decoder(
        self, provider: Provider, prompt: Prompt, secrets: Sequence[str]
    ) -> GenerateDecoder:
        """See `Dialect.decoder`."""
        names = freeform_names(prompt.tools)
        asked = Asked(mark=_mark(provider), freeform_tools=names, secrets=secrets)
        return GenerateDecoder(asked)


def _mark(provider: Provider) -> ProviderMark:
    return ProviderMark(provider.id, "gemini")


class _Request:
    """Writes the request for one model."""

    def __init__(self, provider: Provider, settings: ModelSettings) -> None:
        self._mark = _mark(provider)
        self._settings = settings
        name = settings.model.rpartition("/")[2]
        self._third = generation(name) >= 3
        self._thinks = self._third or name.startswith("gemini-2.5")
        # The larger model of that generation cannot stop thinking.
        self._least_budget = 128 if name.startswith("gemini-2.5-pro") else 0

    def body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {"contents": self._contents(self._taken(prompt.history))}
        instructions = prompt.instructions
        if prompt.tools:
            body["tools"] = [
                {
                    "functionDeclarations": [
                        {
                            "name": spec.name,
                            "description": spec.description,
                            "parametersJsonSchema": function_parameters(spec),
                        }
                        for spec in prompt.tools
                    ]
                }
            ]
        if self._settings.web_search == "live" and (self._third or not prompt.tools):
            # Others refuse it beside functions.
            body.setdefault("tools", []).append({"googleSearch": {}})
            if prompt.tools:
                # Told of what it searched, which it wants back with the calls that followed.
                body["toolConfig"] = {"includeServerSideToolInvocations": True}
        config = self._thinking()
        if (schema := self._settings.output_schema) is not None:
            if prompt.tools and not self._third:
                # Refused beside tools by older models.
                instructions += in_words(schema)
            else:
                config |= {"responseMimeType": "application/json", "responseJsonSchema": schema}
        if instructions:
            body["systemInstruction"] = {"parts": [{"text": instructions}]}
        return {**body, "generationConfig": config} if config else body

    def _taken(self, history: Sequence[HistoryItem]) -> list[HistoryItem]:
        return with_taken_images(history, self._settings.profile, _IMAGE_TYPES)

    def _thinking(self) -> dict[str, Any]:
        if not self._thinks:
            return {}
        effort = self._settings.reasoning_effort
        config: dict[str, Any] = {"includeThoughts": self._settings.reasoning_summary != "none"}
        if effort and self._third:
            config["thinkingLevel"] = _LEVELS.get(effort, effort)
        elif effort in _BUDGETS:
            config["thinkingBudget"] = max(_BUDGETS[effort], self._least_budget)
        return {"thinkingConfig": config}

    def _contents(self, history: Sequence[HistoryItem]) -> list[dict[str, Any]]:
        contents: list[dict[str, Any]] = []
        for one in rounds(history):
            role = "model" if isinstance(one, AssistantRound) else "user"
            parts = list(self._parts(one))
            if not parts:
                continue
            if contents and contents[-1]["role"] == role:
                contents[-1]["parts"] += parts
            else:
                contents.append({"role": role, "parts": parts})
        return contents

    def _parts(self, one: Round) -> Iterator[dict[str, Any]]:
        match one:
            case UserRound(messages):
                for message in messages:
                    yield from (_content(part) for part in content_of(message.content))
            case ResultsRound(results):
                images: list[Content] = []
                for call, output in results:
                    yield self._result(call, output)
                    images += [p for p in content_of(output.output) if isinstance(p, InputImage)]
                yield from (_content(image) for image in images)
            case AssistantRound(items):
                for item in items:
                    yield from self._said(item)

    def _said(self, item: HistoryItem) -> Iterator[dict[str, Any]]:
        match item:
            case Message():
                if parts := records(self._mark.own(item.provider_data).get("parts")):
                    yield from parts
                    return
                yield from (_content(part) for part in content_of(item.content))
            case Reasoning():
                yield from records(self._mark.own(item.provider_data).get("parts"))
            case FunctionCall() | CustomToolCall():
                yield self._call(item)
            case OpaqueItem(raw):
                if part := record(self._mark.own(raw.get("provider_data")).get("part")):
                    yield part
            case _:
                pass

    def _call(self, call: ToolCallItem) -> dict[str, Any]:
        data = self._mark.own(call.provider_data)
        if isinstance(call, CustomToolCall):
            arguments = {FREEFORM_ARGUMENT: call.input}
        else:
            arguments = json_object(call.arguments)
            arguments = {"broken_arguments": call.arguments} if arguments is None else arguments
        told: dict[str, Any] = {"name": call.name, "args": arguments, **self._id(call)}
        part: dict[str, Any] = {"functionCall": told}
        if signature := data.get("signature"):
            part["thoughtSignature"] = signature
        elif not data and self._third:
            part["thoughtSignature"] = _FOREIGN_SIGNATURE
        return part

    def _id(self, call: ToolCallItem) -> dict[str, str]:
        """The call's id, where Google gave it one."""
        given = self._mark.own(call.provider_data).get("own_id")
        return {"id": call.call_id} if given else {}

    def _result(self, call: ToolCallItem, output: ToolOutputItem) -> dict[str, Any]:
        response = {"output": text_of(output.output)}
        return {"functionResponse": {"name": call.name, **self._id(call), "response": response}}


def _content(part: Content) -> dict[str, Any]:
    if isinstance(part, InputImage):
        data = image_data(part)
        if data:
            return {"inlineData": {"mimeType": data[0], "data": data[1]}}
        return {"fileData": {"fileUri": part.image_url}}
    return {"text": part.refusal if isinstance(part, Refusal) else part.text}
