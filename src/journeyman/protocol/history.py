"""What the model sees: the ordered history of messages, reasoning, tool calls and their outputs.

The shapes are those of OpenAI Responses input items, because rollouts hold them and foreign programs read
rollouts; every dialect translates from here. An item that is not known is kept whole (`OpaqueItem`).

`provider_data` is what one provider wants back exactly as it sent it and nobody else understands (signed
thinking, thought signatures, blocks of its own tools). It names its `provider` and `dialect`, and is sent to
no other; foreign programs pass over the field.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class InputText(msgspec.Struct, frozen=True, tag_field="type", tag="input_text"):
    """Text from the user, the developer or a tool."""

    text: str


class InputImage(
    msgspec.Struct, frozen=True, tag_field="type", tag="input_image", omit_defaults=True
):
    """An image for the model; `image_url` is a `data:` URL or an https one."""

    image_url: str
    detail: str | None = None


class OutputText(
    msgspec.Struct, frozen=True, tag_field="type", tag="output_text", omit_defaults=True
):
    """Text the model wrote; `annotations` are its sources, as `url_citation` objects."""

    text: str
    annotations: list[dict[str, Any]] | None = None


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="refusal"):
    """The model declined to answer."""

    refusal: str


Content = InputText | InputImage | OutputText | Refusal


class Message(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message", omit_defaults=True
):
    """A message of one role; an assistant's holds output text, the others' input parts."""

    role: Literal["user", "assistant", "developer", "system"]
    content: list[Content]
    id: str | None = None
    phase: str | None = None
    provider_data: dict[str, Any] | None = None


class SummaryText(msgspec.Struct, frozen=True, tag_field="type", tag="summary_text"):
    """One part of a reasoning summary."""

    text: str


class Reasoning(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reasoning", omit_defaults=True
):
    """The model's reasoning, sent back exactly as it came; `encrypted_content` is opaque to us."""

    summary: list[SummaryText]
    id: str | None = None
    content: list[dict[str, Any]] | None = None
    encrypted_content: str | None = None
    provider_data: dict[str, Any] | None = None


class FunctionCall(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="function_call",
    omit_defaults=True,
):
    """A tool call with JSON arguments; `arguments` is the text as the model wrote it, perhaps broken."""

    name: str
    arguments: str
    call_id: str
    id: str | None = None
    namespace: str | None = None
    provider_data: dict[str, Any] | None = None


class FunctionCallOutput(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"
):
    """The answer to a `FunctionCall` of the same `call_id`."""

    call_id: str
    output: str | list[Content]


class CustomToolCall(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="custom_tool_call",
    omit_defaults=True,
):
    """A tool call with free text as input."""

    name: str
    input: str
    call_id: str
    id: str | None = None
    provider_data: dict[str, Any] | None = None


class CustomToolCallOutput(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="custom_tool_call_output"
):
    """The answer to a `CustomToolCall` of the same `call_id`."""

    call_id: str
    output: str | list[Content]


class OpaqueItem(msgspec.Struct, frozen=True):
    """An item of a type this program does not know, kept and sent back as it came."""

    raw: dict[str, Any]


ToolCallItem = FunctionCall | CustomToolCall


def called_name(call: ToolCallItem) -> str:
    """The tool's whole name: some models give the group a tool is in apart from its name."""
    namespace = call.namespace if isinstance(call, FunctionCall) else None
    return f"{namespace}__{call.name}" if namespace else call.name


ToolOutputItem = FunctionCallOutput | CustomToolCallOutput
KnownItem = Message | Reasoning | ToolCallItem | ToolOutputItem
HistoryItem = KnownItem | OpaqueItem


def decode_history_item(raw: dict[str, Any]) -> HistoryItem:
    """Read one item; what does not fit a known shape comes back as an `OpaqueItem`."""
    try:
        return msgspec.convert(raw, KnownItem)
    except msgspec.ValidationError:
        return OpaqueItem(raw)


def encode_history_item(item: HistoryItem) -> dict[str, Any]:
    """The item as plain JSON data."""
    return item.raw if isinstance(item, OpaqueItem) else msgspec.to_builtins(item)


def text_of(content: str | list[Content]) -> str:
    """All text of a content list, joined by newlines."""
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content if isinstance(part, InputText | OutputText))
