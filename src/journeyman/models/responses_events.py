"""Reads the answer of an OpenAI Responses service: its events, or one JSON response, as `StreamEvent`s.

Owns the tolerance for what services leave out; connections are `openai_responses`'s. Arguments of tool
calls are passed on as they came, broken or not: dispatch validates them.
Source: https://platform.openai.com/docs/api-reference/responses-streaming and the recorded exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec

from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.provider_errors import Refusal, read_refusal, stream_error
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.history import Message, Reasoning, decode_history_item
from journeyman.protocol.usage import TokenUsage

_TEXT_DELTAS = {"response.output_text.delta", "response.refusal.delta"}
_REASONING_DELTAS = {
    "response.reasoning_summary_text.delta": "summary_index",
    "response.reasoning_text.delta": "content_index",
}
_INPUT_DELTAS = {
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}
_FINISHING = {"response.completed", "response.incomplete", "response.done"}

_event_decoder = msgspec.json.Decoder(dict[str, Any])


class _OpenItem:
    """An item that began and is not whole: as it was announced, and what its deltas brought."""

    def __init__(self, raw: dict[str, Any], key: str) -> None:
        self.raw = raw
        self.key = key
        self.pieces: list[str] = []

    def whole(self) -> dict[str, Any]:
        """The item as its deltas say it is, for services that never send it whole."""
        text = "".join(self.pieces)
        match self.raw.get("type"):
            case "message":
                part = {"type": "output_text", "text": text}
                return {**self.raw, "role": "assistant", "content": [part]}
            case "function_call":
                return {**self.raw, "arguments": text or self.raw.get("arguments") or ""}
            case "custom_tool_call":
                return {**self.raw, "input": text or self.raw.get("input") or ""}
            case _:
                return self.raw


class ResponsesDecoder:
    """Decodes one answer; `finished` says that its closing event came."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        """Start an answer; `secrets` are masked in error texts."""
        self.finished = False
        self._secrets = secrets
        self._open: dict[str, _OpenItem] = {}
        self._done: set[str] = set()
        self._items_done = 0

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """What one event means; nothing for those that say nothing new.

        Raises:
            ModelError: the service reported a failure.
        """
        try:
            fields = _event_decoder.decode(event.data)
        except msgspec.DecodeError:
            return  # `[DONE]`, pings and noise; a stream without a closing event is an error anyway
        kind = fields.get("type") or event.event
        if kind == "response.output_item.added":
            yield from self._begin(_record(fields.get("item")), fields)
        elif kind == "response.output_item.done":
            yield from self._item_done(_record(fields.get("item")), fields)
        elif kind in _FINISHING:
            yield from self.response(_record(fields.get("response")))
        elif kind in {"response.failed", "response.cancelled", "error"} or "error" in fields:
            raise self._failure(fields)
        elif isinstance(delta := fields.get("delta"), str):
            yield from self._delta(str(kind), delta, fields)

    def response(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        """What a whole response object says that its events did not.

        Raises:
            ModelError: the response failed.
        """
        status = response.get("status")
        if response.get("error") or status in {"failed", "cancelled"}:
            raise self._failure(response)
        output = response.get("output")
        for index, item in enumerate(cast("list[Any]", output) if isinstance(output, list) else []):
            raw = _record(item)
            known = self._names(raw)
            seen = bool(known & self._done) if known else index < self._items_done
            if not seen:
                yield from self._item_done(raw, {"output_index": index})
        if status != "incomplete":
            for item in list(self._open.values()):
                yield from self._item_done(item.whole(), {"item_id": item.key})
        self.finished = True
        details = _record(response.get("incomplete_details"))
        reason = details.get("reason")
        incomplete = str(reason) if reason else ("unknown" if status == "incomplete" else None)
        response_id = response.get("id")
        yield Finished(
            usage=read_usage(_record(response.get("usage"))),
            response_id=response_id if isinstance(response_id, str) else None,
            incomplete_reason=incomplete,
        )

    def _begin(self, raw: dict[str, Any], fields: dict[str, Any]) -> Iterator[StreamEvent]:
        key = self._key(raw, fields)
        if key in self._open:
            return
        self._open[key] = _OpenItem(raw, key)
        phase = raw.get("phase")
        if raw.get("type") == "message":
            yield ItemBegun(key, "message", phase if isinstance(phase, str) else None)
        elif raw.get("type") == "reasoning":
            yield ItemBegun(key, "reasoning")

    def _delta(self, kind: str, delta: str, fields: dict[str, Any]) -> Iterator[StreamEvent]:
        wanted = _delta_type(kind)
        if wanted is None:
            return
        key = self._key({}, fields)
        if key not in self._open and wanted in {"message", "reasoning"}:
            yield from self._begin({"type": wanted, "id": fields.get("item_id")}, fields)
        item = self._open.get(key)
        if item is None:
            return
        if kind in _REASONING_DELTAS:
            part = fields.get(_REASONING_DELTAS[kind])
            yield ReasoningDelta(key, part if isinstance(part, int) else 0, delta)
            return
        item.pieces.append(delta)
        if kind in _TEXT_DELTAS:
            yield TextDelta(key, delta)

    def _item_done(self, raw: dict[str, Any], fields: dict[str, Any]) -> Iterator[StreamEvent]:
        item = decode_history_item(_normalised(raw))
        key = self._key(raw, fields)
        if isinstance(item, Message | Reasoning):
            yield from self._begin(raw, fields)
        self._open.pop(key, None)
        self._done |= self._names(raw)
        self._items_done += 1
        yield ItemDone(item, key if isinstance(item, Message | Reasoning) else None)

    def _key(self, raw: dict[str, Any], fields: dict[str, Any]) -> str:
        """The name of an item in this answer: its id, else its place, else the only one that is open."""
        for value in (raw.get("id"), fields.get("item_id")):
            if isinstance(value, str) and value:
                return value
        index = fields.get("output_index")
        if isinstance(index, int):
            return next((k for k in self._open if k == f"item {index}"), f"item {index}")
        return next(reversed(self._open), f"item {self._items_done}")

    @staticmethod
    def _names(raw: dict[str, Any]) -> set[str]:
        return {name for field in ("id", "call_id") if isinstance(name := raw.get(field), str)}

    def _failure(self, fields: dict[str, Any]) -> ModelError:
        self.finished = True
        refusal = read_refusal(fields.get("response") or fields)
        if not (refusal.message or refusal.codes):
            refusal = Refusal(message="the response was not completed")
        return stream_error(refusal, self._secrets)


def read_usage(fields: dict[str, Any]) -> TokenUsage:
    """The token counts of a response; what a service leaves out counts as nothing."""
    given = _record(fields.get("input_tokens_details"))
    made = _record(fields.get("output_tokens_details"))
    sent, got = _count(fields.get("input_tokens")), _count(fields.get("output_tokens"))
    return TokenUsage(
        input_tokens=sent,
        cached_input_tokens=_count(given.get("cached_tokens")),
        cache_write_input_tokens=_count(given.get("cache_write_tokens")),
        output_tokens=got,
        reasoning_output_tokens=_count(made.get("reasoning_tokens")),
        total_tokens=_count(fields.get("total_tokens")) or sent + got,
    )


def _delta_type(kind: str) -> str | None:
    if kind in _TEXT_DELTAS:
        return "message"
    if kind in _REASONING_DELTAS:
        return "reasoning"
    return "call" if kind in _INPUT_DELTAS else None


def _normalised(raw: dict[str, Any]) -> dict[str, Any]:
    """The item in the shape of the reference, where a service comes close to it."""
    kind = raw.get("type")
    if kind == "message":
        content = raw.get("content")
        parts = cast("list[Any]", content) if isinstance(content, list) else []
        return {**raw, "role": raw.get("role") or "assistant", "content": [_part(p) for p in parts]}
    if kind == "reasoning":
        return {**raw, "summary": raw.get("summary") or [], "content": raw.get("content") or None}
    if kind in {"function_call", "custom_tool_call"}:
        fixed = {**raw, "call_id": raw.get("call_id") or raw.get("id")}
        arguments = raw.get("arguments")
        if kind == "function_call" and not isinstance(arguments, str):
            fixed["arguments"] = msgspec.json.encode(arguments or {}).decode()
        return fixed
    return raw


def _part(part: object) -> object:
    fields = _record(part)
    return {**fields, "type": "output_text"} if fields.get("type") == "text" else part


def _record(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
