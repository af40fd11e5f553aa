"""Reads the answer of an OpenAI Responses service: its events, or one JSON response, as `StreamEvent`s.

Owns the tolerance for what services leave out; connections are `transport`'s.
Source: https://platform.openai.com/docs/api-reference/responses-streaming and the recorded exchanges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from journeyman.models.answers import (
    Asked,
    DecoderState,
    ReportedUsage,
    count,
    event_fields,
    records,
    string,
)
from journeyman.models.api import (
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.provider_errors import stream_error
from journeyman.models.refusals import Refusal, read_refusal
from journeyman.models.responses_items import (
    CALL_KINDS,
    Growth,
    OpenItem,
    item_of,
    names_of,
    reason_of,
)
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import HistoryItem, Message, Reasoning
from journeyman.protocol.usage import TokenUsage

_GROWTHS = {
    "response.output_text": Growth("message", "output_text", "text", "content_index"),
    "response.refusal": Growth("message", "refusal", "refusal", "content_index"),
    "response.reasoning_summary_text": Growth("reasoning", "summary_text", "text", "summary_index"),
    "response.reasoning_text": Growth("reasoning", "reasoning_text", "text", "content_index"),
    "response.function_call_arguments": Growth("call", "arguments", "arguments"),
    "response.custom_tool_call_input": Growth("call", "input", "input"),
}
# More parts than any reasoning has: each is announced, and a number may be anything.
_MAX_PARTS = 1000
_FINISHING = {"response.completed", "response.incomplete", "response.done"}
_FAILING = {"response.failed", "response.cancelled", "error"}


class ResponsesDecoder(DecoderState):
    """See `answers.AnswerDecoder`."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        super().__init__(asked)
        self._open: dict[str, OpenItem] = {}
        self._places: dict[int, str] = {}
        self._done: list[dict[str, Any]] = []

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.event`."""
        fields = event_fields(event)
        if fields is None or self.finished:
            return
        kind = string(fields.get("type")) or event.event
        if kind == "response.output_item.added":
            raw = record(fields.get("item"))
            yield from self._begin(raw, fields, self._own_key(raw, fields))
        elif kind == "response.output_item.done":
            raw = record(fields.get("item"))
            yield from self._item_done(raw, fields, self._key(raw, fields))
        elif kind in _FINISHING:
            yield from self.response(record(fields.get("response")))
        elif kind in _FAILING or fields.get("error"):
            response = record(fields.get("response"))
            self._note_end(response)
            yield from self._missing(response)
            raise self._not_completed(fields)
        else:
            yield from self._growth(kind, fields)

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
        opened = (
            item for item in self._open.values() if string(item.raw.get("type")) in CALL_KINDS
        )
        return [item_of(one.whole(), place=n) for n, one in enumerate(opened, len(self._done))]

    def response(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        """What a whole response object says that its events did not.

        Raises:
            ModelError: the response failed.
        """
        self._note_end(response)
        yield from self._missing(response)
        if response.get("error") or self.finish in {"failed", "cancelled"}:
            raise self._not_completed(response)
        for item in list(self._open.values()):
            # What is cut short was said all the same; a call that is must not run.
            if self.finish != "incomplete" or item.shown_as == "message":
                yield from self._item_done(item.whole(), {}, item.key)
        self._name(response.get("id"), response.get("model"), response.get("service_tier"))
        yield self._finished(_counts(self.usage or ReportedUsage()), reason_of(response))

    def _missing(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        """The items of a response that no event told whole.

        Not by ids alone: there are services that give an item a new one in every event, and some in another
        order; what no id tells is counted by its type.
        """
        output = records(response.get("output"))
        told = set[str]().union(*map(names_of, output))
        before = set[str]().union(*map(names_of, self._done))
        unnamed = Counter(string(raw.get("type")) for raw in self._done if not names_of(raw) & told)
        for index, raw in enumerate(output):
            kind = string(raw.get("type"))
            if names_of(raw) & before:
                continue
            if unnamed[kind] > 0:
                unnamed[kind] -= 1
                continue
            alike = (key for key, item in self._open.items() if item.raw.get("type") == kind)
            key = self._own_key(raw, {"output_index": index})
            key = key if key in self._open else next(alike, key)
            yield from self._item_done(raw, {"output_index": index}, key)

    def _note_end(self, response: dict[str, Any]) -> None:
        self.finish = string(response.get("status")) or self.finish
        if usage := record(response.get("usage")):
            self.usage = _reported(usage)

    def _begin(
        self, raw: dict[str, Any], fields: dict[str, Any], key: str
    ) -> Iterator[StreamEvent]:
        if key in self._open:
            return
        opened = self._open[key] = OpenItem(raw, key)
        if isinstance(index := fields.get("output_index"), int):
            self._places[index] = key
        if raw.get("type") == "message":
            yield from self._show(opened, "message")
        elif raw.get("type") == "reasoning":
            yield from self._show(opened, "reasoning")

    def _show(self, item: OpenItem, kind: Literal["message", "reasoning"]) -> Iterator[StreamEvent]:
        if item.shown_as is None:
            item.shown_as = kind
            yield ItemBegun(item.key, kind, string(item.raw.get("phase")) or None)

    def _growth(self, kind: str, fields: dict[str, Any]) -> Iterator[StreamEvent]:
        """More of an item; or all of one of its parts, which is news where no deltas came."""
        name, _, way = kind.rpartition(".")
        growth = _GROWTHS.get(name)
        if growth is None or way not in {"delta", "done"}:
            return
        text = string(fields.get("delta" if way == "delta" else growth.told_as))
        key = self._key({}, fields)
        if key not in self._open and growth.item != "call" and way == "delta":
            yield from self._begin({"type": growth.item, "id": fields.get("item_id")}, fields, key)
        item = self._open.get(key)
        number = fields.get(growth.counted_by)
        part = number if isinstance(number, int) and 0 <= number < _MAX_PARTS else 0
        if item is None or not text or (way == "done" and item.has(growth.part, part)):
            return
        item.grow(growth.part, part, text)
        if growth.item != "call":
            # Told without a type, its deltas say what it is.
            yield from self._show(item, growth.item)
        if growth.item == "reasoning":
            yield ReasoningDelta(key, part, text, growth.part == "reasoning_text")
        elif growth.item == "message":
            yield TextDelta(key, text, growth.part == "refusal")
        else:
            yield from item.texts_of(text)

    def _item_done(
        self, raw: dict[str, Any], fields: dict[str, Any], key: str
    ) -> Iterator[StreamEvent]:
        opened = self._open.get(key)
        item = item_of(opened.whole(raw) if opened else raw, place=len(self._done))
        self._done.append(raw)
        if not isinstance(item, Message | Reasoning):
            if opened is None or opened.shown_as is None:
                self._open.pop(key, None)
            yield ItemDone(item)
            return
        yield from self._begin(raw, fields, key)
        yield from self._show(
            self._open[key], "message" if isinstance(item, Message) else "reasoning"
        )
        del self._open[key]
        yield ItemDone(item, key)

    def _own_key(self, raw: dict[str, Any], fields: dict[str, Any]) -> str:
        """The name of an item that begins: its id, else its place."""
        index = fields.get("output_index")
        place = index if isinstance(index, int) else len(self._done)
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

    def _not_completed(self, fields: dict[str, Any]) -> ModelError:
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
