"""Reads the answer of an OpenAI Responses service: its events, or one JSON response, as `StreamEvent`s.

Owns the tolerance for what services leave out; connections are `transport`'s.
Source: https://platform.openai.com/docs/api-reference/responses-streaming and the recorded exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    Asked,
    DecoderState,
    ReportedUsage,
    count,
    event_fields,
    record,
    records,
    string,
)
from journeyman.models.api import (
    InputDelta,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.growing_input import GrowingInput
from journeyman.models.provider_errors import Refusal, read_refusal, stream_error
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    Reasoning,
    decode_history_item,
)
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
# More parts than any reasoning has: each is announced, and a number may be anything.
_MAX_PARTS = 1000
_FINISHING = {"response.completed", "response.incomplete", "response.done"}


class _OpenItem:
    """An item that began and is not whole: as it was announced, and what its deltas brought."""

    def __init__(self, raw: dict[str, Any], key: str) -> None:
        self.raw = raw
        self.key = key
        self.pieces: list[str] = []
        self._input = GrowingInput(FREEFORM_ARGUMENT)

    def input_of(self, delta: str) -> Iterator[StreamEvent]:
        """What a delta of a call's arguments adds to its input."""
        raw = self.raw
        is_custom = raw.get("type") == "custom_tool_call"
        text = delta if is_custom else self._input.add(delta)
        call_id, name = string(raw.get("call_id")) or string(raw.get("id")), string(raw.get("name"))
        if text and call_id and name:
            yield InputDelta(call_id, name, text)

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


class ResponsesDecoder(DecoderState):
    """See `answers.AnswerDecoder`."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        super().__init__(asked)
        self._open: dict[str, _OpenItem] = {}
        self._places: dict[int, str] = {}
        self._done: set[str] = set()
        self._kinds_done: list[object] = []

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.event`."""
        fields = event_fields(event)
        if fields is None:
            return
        kind = string(fields.get("type")) or event.event
        if kind == "response.output_item.added":
            raw = record(fields.get("item"))
            yield from self._begin(raw, fields, self._own_key(raw, fields))
        elif kind == "response.output_item.done":
            yield from self._item_done(record(fields.get("item")), fields)
        elif kind in _FINISHING:
            yield from self.response(record(fields.get("response")))
        elif kind in {"response.failed", "response.cancelled", "error"} or fields.get("error"):
            self._note_end(record(fields.get("response")))
            raise self._not_completed(fields)
        elif isinstance(delta := fields.get("delta"), str):
            yield from self._delta(str(kind), delta, fields)

    def whole(self, value: object) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.whole`."""
        response = record(value)
        if "output" not in response:
            raise self._failure(value)
        yield from self.response(response)

    def end(self, *, clean: bool) -> Iterator[StreamEvent]:
        """Nothing: without its closing event an answer is not whole."""
        del clean
        return iter(())

    def unfinished(self) -> list[HistoryItem]:
        """See `AnswerDecoder.unfinished`."""
        items = (decode_history_item(_normalised(item.whole())) for item in self._open.values())
        return [item for item in items if isinstance(item, FunctionCall | CustomToolCall)]

    def response(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        """What a whole response object says that its events did not.

        Raises:
            ModelError: the response failed.
        """
        status = string(response.get("status"))
        self._note_end(response)
        if response.get("error") or status in {"failed", "cancelled"}:
            raise self._not_completed(response)
        for index, raw in enumerate(records(response.get("output"))):
            # Not by ids alone: there are services that give an item a new one in every event.
            same_place = self._kinds_done[index : index + 1] == [raw.get("type")]
            if not (same_place or self._names(raw) & self._done):
                yield from self._item_done(raw, {"output_index": index})
        if status != "incomplete":
            for item in list(self._open.values()):
                yield from self._item_done(item.whole(), {"item_id": item.key})
        reason = record(response.get("incomplete_details")).get("reason")
        incomplete = str(reason) if reason else ("unknown" if status == "incomplete" else None)
        self._name(response.get("id"), response.get("model"))
        yield self._finished(_counts(self.usage or ReportedUsage()), incomplete)

    def _note_end(self, response: dict[str, Any]) -> None:
        self.finish = string(response.get("status")) or self.finish
        if usage := record(response.get("usage")):
            self.usage = _reported(usage)

    def _begin(
        self, raw: dict[str, Any], fields: dict[str, Any], key: str
    ) -> Iterator[StreamEvent]:
        if key in self._open:
            return
        self._open[key] = _OpenItem(raw, key)
        if isinstance(index := fields.get("output_index"), int):
            self._places[index] = key
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
            yield from self._begin({"type": wanted, "id": fields.get("item_id")}, fields, key)
        item = self._open.get(key)
        if item is None:
            return
        if kind in _REASONING_DELTAS:
            number = fields.get(_REASONING_DELTAS[kind])
            part = number if isinstance(number, int) and 0 <= number < _MAX_PARTS else 0
            is_raw = kind == "response.reasoning_text.delta"
            yield ReasoningDelta(key, part, delta, is_raw)
            return
        item.pieces.append(delta)
        if kind in _TEXT_DELTAS:
            yield TextDelta(key, delta)
        else:
            yield from item.input_of(delta)

    def _item_done(self, raw: dict[str, Any], fields: dict[str, Any]) -> Iterator[StreamEvent]:
        item = decode_history_item(_normalised(raw))
        key = self._key(raw, fields)
        if isinstance(item, Message | Reasoning):
            yield from self._begin(raw, fields, key)
        self._open.pop(key, None)
        self._done |= self._names(raw)
        self._kinds_done.append(raw.get("type"))
        yield ItemDone(item, key if isinstance(item, Message | Reasoning) else None)

    def _own_key(self, raw: dict[str, Any], fields: dict[str, Any]) -> str:
        """The name of an item that begins: its id, else its place."""
        index = fields.get("output_index")
        place = index if isinstance(index, int) else len(self._kinds_done)
        return string(raw.get("id")) or string(fields.get("item_id")) or f"item {place}"

    def _key(self, raw: dict[str, Any], fields: dict[str, Any]) -> str:
        """The name of an open item: by its id, else by its place, else the only one that is open."""
        key, index = self._own_key(raw, fields), fields.get("output_index")
        if key in self._open:
            return key
        if isinstance(index, int):
            placed = self._places.get(index, key)
            return placed if placed in self._open else key
        named = string(raw.get("id")) or string(fields.get("item_id"))
        return key if named else next(reversed(self._open), key)

    @staticmethod
    def _names(raw: dict[str, Any]) -> set[str]:
        return {name for field in ("id", "call_id") if isinstance(name := raw.get(field), str)}

    def _not_completed(self, fields: dict[str, Any]) -> ModelError:
        self.finished = True
        refusal = read_refusal(fields.get("response") or fields)
        if not (refusal.message or refusal.codes):
            refusal = Refusal(message="the response was not completed")
        return stream_error(refusal, self._secrets)


def _reported(fields: dict[str, Any]) -> ReportedUsage:
    given = record(fields.get("input_tokens_details"))
    made = record(fields.get("output_tokens_details"))
    return ReportedUsage(
        input=count(fields.get("input_tokens")),
        cached=count(given.get("cached_tokens")),
        cache_write=count(given.get("cache_write_tokens")),
        output=count(fields.get("output_tokens")),
        reasoning=count(made.get("reasoning_tokens")),
        total=count(fields.get("total_tokens")),
    )


def _counts(said: ReportedUsage) -> TokenUsage:
    """The counts of a response; what a service leaves out counts as nothing."""
    sent, got = said.input or 0, said.output or 0
    return TokenUsage(
        input_tokens=sent,
        cached_input_tokens=said.cached or 0,
        cache_write_input_tokens=said.cache_write or 0,
        output_tokens=got,
        reasoning_output_tokens=said.reasoning or 0,
        total_tokens=said.total or sent + got,
    )


def _delta_type(kind: str) -> str | None:
    if kind in _TEXT_DELTAS:
        return "message"
    if kind in _REASONING_DELTAS:
        return "reasoning"
    return "call" if kind in _INPUT_DELTAS else None


def _normalised(raw: dict[str, Any]) -> dict[str, Any]:
    """The item in the shape of the reference, where a service comes close to it."""
    kind = string(raw.get("type"))
    if kind == "message":
        parts = [_part(part) for part in records(raw.get("content"))]
        return {**raw, "role": raw.get("role") or "assistant", "content": parts}
    if kind == "reasoning":
        return {**raw, "summary": raw.get("summary") or [], "content": raw.get("content") or None}
    if kind in {"function_call", "custom_tool_call"}:
        fixed = {**raw, "call_id": raw.get("call_id") or raw.get("id")}
        arguments = raw.get("arguments")
        if kind == "function_call" and not isinstance(arguments, str):
            fixed["arguments"] = msgspec.json.encode(arguments or {}).decode()
        return fixed
    return raw


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kind = "output_text" if part.get("type") == "text" else part.get("type")
    # An empty list of sources would be sent back with every later request.
    return {**part, "type": kind, "annotations": part.get("annotations") or None}
