"""Output items of the Responses dialect: as they grow, and in the shape of the reference.

Owns the tolerance for items that come close to that shape; the order of events is `responses_events`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    records,
    string,
)
from journeyman.models.api import InputDelta, StreamEvent
from journeyman.models.growing_texts import GrowingTexts
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import HistoryItem, decode_history_item

CALL_KINDS = {"function_call", "custom_tool_call"}


class Growth(msgspec.Struct, frozen=True):
    """What a delta adds to: a part of its item by its type, under which name its end tells it, and what counts it."""

    item: Literal["message", "reasoning", "call"]
    part: str
    told_as: str
    counted_by: str = ""


class OpenItem:
    """An item that began and is not whole: as it was announced, and what its deltas brought.

    `shown_as` is what the user was told that it is, who then waits for its end.
    """

    def __init__(self, raw: dict[str, Any], key: str) -> None:
        """Begin."""
        self.raw = raw
        self.key = key
        self.shown_as: Literal["message", "reasoning"] | None = None
        self._parts: dict[tuple[str, int], list[str]] = {}
        self._texts = GrowingTexts()

    def texts_of(self, delta: str) -> Iterator[StreamEvent]:
        """What a delta of a call's arguments adds to the texts in them."""
        raw = self.raw
        is_custom = raw.get("type") == "custom_tool_call"
        texts = [(FREEFORM_ARGUMENT, delta)] if is_custom else self._texts.add(delta)
        call_id, name = string(raw.get("call_id")) or string(raw.get("id")), string(raw.get("name"))
        if call_id and name:
            for member, text in texts:
                yield InputDelta(call_id, name, member, text)

    def grow(self, part: str, number: int, text: str) -> None:
        """More of a part."""
        self._parts.setdefault((part, number), []).append(text)

    def has(self, part: str, number: int) -> bool:
        """Whether anything came of that part."""
        return (part, number) in self._parts

    def whole(self, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """The item as it was told at its end, or was announced; what that leaves out is what its deltas said."""
        raw = self.raw if told is None else told
        if self.shown_as is not None and told is None:
            raw = {**raw, "type": self.shown_as}
        grown = {place: "".join(pieces) for place, pieces in self._parts.items()}
        parts = [(part, text) for (part, _), text in sorted(grown.items())]
        match string(raw.get("type")):
            case "message" if not _says_anything(raw.get("content")):
                content = [
                    {"type": part, "refusal" if part == "refusal" else "text": text}
                    for part, text in parts
                ]
                return {**raw, "content": content}
            case "reasoning" if not (raw.get("summary") or raw.get("content")):
                texts = [{"type": part, "text": text} for part, text in parts]
                summary = [one for one in texts if one["type"] == "summary_text"]
                content = [one for one in texts if one["type"] != "summary_text"]
                return {**raw, "summary": summary, "content": content}
            case "function_call" if not raw.get("arguments"):
                return {**raw, "arguments": grown.get(("arguments", 0), "")}
            case "custom_tool_call" if not raw.get("input"):
                return {**raw, "input": grown.get(("input", 0), "")}
            case _:
                return raw


def _says_anything(content: object) -> bool:
    if isinstance(content, str):
        return bool(content)
    return any(part.get("text") or part.get("refusal") for part in records(content))


def names_of(raw: dict[str, Any]) -> set[str]:
    """What an item can be told by."""
    return {name for field in ("id", "call_id") if isinstance(name := raw.get(field), str) and name}


def item_of(raw: dict[str, Any], *, place: int) -> HistoryItem:
    """The item in the shape of the reference, where a service comes close to it; kept as it is elsewhere.

    `place` tells a call by where no id came with it.
    """
    match string(raw.get("type")):
        case "message":
            fixed = _message(raw)
        case "reasoning":
            fixed = _reasoning(raw)
        case "function_call" | "custom_tool_call":
            fixed = _call(raw, place)
        case _:
            fixed = raw
    return decode_history_item(fixed)


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    said = raw.get("content")
    parts = [{"type": "output_text", "text": said}] if isinstance(said, str) else records(said)
    # Whatever it is called: what a model says is no word of the user.
    return {
        **_plain(raw, "id", "phase"),
        "role": "assistant",
        "content": [fixed for part in parts if (fixed := _part(part))],
    }


def _part(part: dict[str, Any]) -> dict[str, Any] | None:
    match part.get("type"):
        case "output_text" | "text":
            text = string(part.get("text"))
            # An empty list of sources would be sent back with every later request.
            return {
                "type": "output_text",
                "text": text,
                "annotations": records(part.get("annotations")) or None,
            }
        case "refusal":
            return {"type": "refusal", "refusal": string(part.get("refusal"))}
        case _:
            return None


def _reasoning(raw: dict[str, Any]) -> dict[str, Any]:
    summary = [
        {"type": "summary_text", "text": string(part.get("text"))}
        for part in records(raw.get("summary"))
    ]
    content = records(raw.get("content")) or None
    return {**_plain(raw, "id", "encrypted_content"), "summary": summary, "content": content}


def _call(raw: dict[str, Any], place: int) -> dict[str, Any]:
    fixed = {
        **_plain(raw, "id", "namespace"),
        "name": string(raw.get("name")),
        "call_id": string(raw.get("call_id")) or string(raw.get("id")) or f"call_{place}",
    }
    if raw.get("type") == "custom_tool_call":
        return {**fixed, "input": string(raw.get("input"))}
    arguments = raw.get("arguments")
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments or {}).decode()
    return {**fixed, "arguments": arguments}


def _plain(raw: dict[str, Any], *texts: str) -> dict[str, Any]:
    """The item without those of its optional texts that are none."""
    return {**raw, **{name: string(raw.get(name)) or None for name in texts}, "provider_data": None}


def reason_of(response: dict[str, Any]) -> str | None:
    """Why a response is incomplete; None where it does not say that it is."""
    reason = record(response.get("incomplete_details")).get("reason")
    if reason:
        return str(reason)
    return "unknown" if response.get("status") == "incomplete" else None
