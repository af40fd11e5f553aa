"""Reads the answer of an Anthropic Messages service, streamed or whole, as `StreamEvent`s.

Blocks may interleave and lack fields; items come in the order of their blocks all the same, because thinking
has to be sent back in its place. Requests are `anthropic_messages`'s.
Source: https://docs.anthropic.com/en/api/messages-streaming and the recorded exchanges.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Literal

import msgspec

from journeyman.models.answers import (
    Asked,
    DecoderState,
    OpenCall,
    ReportedUsage,
    count,
    event_fields,
    json_object,
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
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import (
    HistoryItem,
    Message,
    OpaqueItem,
    OutputText,
    Reasoning,
    SummaryText,
)
from journeyman.protocol.usage import TokenUsage

_COMPLETE = {"end_turn", "tool_use", "stop_sequence", "pause_turn"}
_THINKING = {"thinking", "redacted_thinking"}
_TYPE_OF_DELTA = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "tool_use",
}
# What a delta adds to its block: its own field and the block's.
_GROWS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
}


class _Block:
    """One content block: its fields as they came, the pieces of those that grow, and its input as a call's."""

    def __init__(self, place: int, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.call = OpenCall(string(raw.get("name")), string(raw.get("id")) or f"call_{place}")
        self.citations: list[Any] = []
        self.done = False
        self._grown: dict[str, list[str]] = {}

    @property
    def kind(self) -> str:
        return string(self.raw.get("type"))

    def grow(self, field: str, text: str) -> None:
        """More of a field; in `raw` once it is joined."""
        self._grown.setdefault(field, []).append(text)

    def join(self) -> None:
        """Put what grew into `raw`, once, however many pieces there are."""
        for field, pieces in self._grown.items():
            self.raw[field] = "".join((string(self.raw.get(field)), *pieces))
        self._grown.clear()
        if self.citations:
            self.raw["citations"] = [*records(self.raw.get("citations")), *self.citations]
            self.citations = []

    def whole(self) -> dict[str, Any]:
        """The block as it is sent back: with its input."""
        if not (text := self.call.text):
            return self.raw
        return {**self.raw, "input": json_object(text) or {}}


class MessagesDecoder(DecoderState):
    """See `answers.AnswerDecoder`."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        super().__init__(asked)
        # In the order they began; services number them oddly, or all alike (proxies).
        self._blocks: list[_Block] = []
        self._places: dict[int, int] = {}
        self._run_starts: list[int] = []
        self._flushed = 0
        self._message: list[tuple[int, _Block]] = []
        self._begun: set[str] = set()
        self._explanation = ""

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.event`."""
        fields = event_fields(event)
        if fields is None or self.finished:
            return
        given = fields.get("index")
        kind = string(fields.get("type")) or event.event
        latest = len(self._blocks) - (kind != "content_block_start")
        index = given if isinstance(given, int) else latest
        match kind:
            case "message_start":
                self._start(record(fields.get("message")))
            case "content_block_start":
                yield from self._begin(index, record(fields.get("content_block")))
            case "content_block_delta":
                yield from self._delta(index, record(fields.get("delta")))
            case "content_block_stop":
                yield from self._stop(index)
            case "message_delta":
                self._end_of_message(record(fields.get("delta")), record(fields.get("usage")))
            case "message_stop":
                yield from self._settle()
            case _ if fields.get("error") or event.event == "error":
                raise self._failure(fields)
            case _:
                pass

    def whole(self, value: object) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.whole`."""
        fields = record(value)
        content: object = fields.get("content")
        if not isinstance(content, list | str):
            raise self._failure(value)
        self._start(fields)
        said = (
            [{"type": "text", "text": content}]
            if isinstance(content, str)
            else records(fields["content"])
        )
        for index, block in enumerate(said):
            yield from self._begin(index, block)
            yield from self._stop(index)
        self._end_of_message(fields, {})
        yield from self._settle()

    def end(self, *, clean: bool) -> Iterator[StreamEvent]:
        """Some servers leave out the closing event; the stop reason says that all was sent."""
        if clean and self.finish is not None and not self.finished:
            yield from self._settle()

    def unfinished(self) -> list[HistoryItem]:
        """See `AnswerDecoder.unfinished`."""
        left = [] if self.finished else self._blocks[self._flushed :]
        return [self._call(block) for block in left if block.kind == "tool_use"]

    def _start(self, message: dict[str, Any]) -> None:
        """Take the message's head; one that comes twice says nothing new.

        Raises:
            ModelError: another message begins in the middle of this one, which never ends.
        """
        before = self._response_id
        self._name(message.get("id"), message.get("model"))
        another = before not in {None, self._response_id}
        self._count(record(message.get("usage")))
        if another and self._blocks:
            self._blocks, self._message, self._flushed = [], [], 0
            self._places, self._run_starts, self._begun = {}, [], set()
            text = "the service began its answer anew in the middle of it"
            raise ModelError("stream_disconnected", text, retryable=True)

    def _begin(self, index: int, raw: dict[str, Any]) -> Iterator[StreamEvent]:
        before = self._places.get(index)
        if before is not None and not self._is_another(self._blocks[before], raw):
            return  # a start that came twice
        place = self._places[index] = len(self._blocks)
        block = _Block(place, {**raw})
        self._blocks.append(block)
        self._run_starts.append(self._run_start(place))
        if block.kind == "text":
            yield from self._show(place, string(raw.get("text")))
        elif block.kind in _THINKING:
            yield from self._announce(place, "reasoning")
            yield from self._show(place, string(raw.get("thinking")))

    def _run_start(self, place: int) -> int:
        """Where the message of a text block begins: text blocks in a row are one message."""
        follows = place > 0 and self._blocks[place].kind == self._blocks[place - 1].kind == "text"
        return self._run_starts[place - 1] if follows else place

    @staticmethod
    def _is_another(block: _Block, raw: dict[str, Any]) -> bool:
        return block.done and not (block.raw.get("id") and block.raw.get("id") == raw.get("id"))

    def _delta(self, index: int, delta: dict[str, Any]) -> Iterator[StreamEvent]:
        kind = string(delta.get("type"))
        if index not in self._places:
            if kind not in _TYPE_OF_DELTA:
                return
            yield from self._begin(index, {"type": _TYPE_OF_DELTA[kind]})
        place = self._places[index]
        if place < self._flushed:
            return  # it was whole before
        block = self._blocks[place]
        if not block.kind:
            block.raw["type"] = _TYPE_OF_DELTA.get(kind, "")
            self._run_starts[place] = self._run_start(place)
        if kind == "input_json_delta":
            yield from block.call.grow(string(delta.get("partial_json")))
        elif kind == "citations_delta":
            block.citations.append(record(delta.get("citation")))
        elif kind in _GROWS:
            source, target = _GROWS[kind]
            text = string(delta.get(source))
            block.grow(target, text)
            if kind != "signature_delta":
                yield from self._show(place, text)

    def _show(self, place: int, text: str) -> Iterator[StreamEvent]:
        if not text:
            return
        kind = self._blocks[place].kind
        if kind == "text":
            key = yield from self._announce(self._run_starts[place], "message")
            yield TextDelta(key, text)
        elif kind in _THINKING:
            key = yield from self._announce(place, "reasoning")
            yield ReasoningDelta(key, 0, text)

    def _announce(
        self, place: int, kind: Literal["message", "reasoning"]
    ) -> Generator[StreamEvent, None, str]:
        key = f"{kind} {place}"
        if key not in self._begun:
            self._begun.add(key)
            yield ItemBegun(key, kind)
        return key

    def _stop(self, index: int) -> Iterator[StreamEvent]:
        if index in self._places:
            self._blocks[self._places[index]].done = True
        while self._flushed < len(self._blocks) and self._blocks[self._flushed].done:
            yield from self._flush(self._flushed, self._blocks[self._flushed])
            self._flushed += 1

    def _flush(self, place: int, block: _Block) -> Iterator[StreamEvent]:
        block.join()
        if block.kind == "text":
            self._message.append((place, block))
            return
        yield from self._flush_message()
        if block.kind in _THINKING:
            key = yield from self._announce(place, "reasoning")
            text = string(block.raw.get("thinking"))
            summary = [SummaryText(text)] if text else []
            data = self._mark.data(block=block.raw)
            yield ItemDone(Reasoning(summary=summary, provider_data=data), key)
        elif block.kind == "tool_use":
            yield ItemDone(self._call(block))
        elif block.kind:
            yield ItemDone(self._provider_item(block))

    def _flush_message(self) -> Iterator[StreamEvent]:
        placed, self._message = self._message, []
        blocks = [block for _, block in placed]
        text = "".join(string(block.raw.get("text")) for block in blocks)
        if not text:
            return
        key = yield from self._announce(placed[0][0], "message")
        cited = _citations(blocks)
        data = self._mark.data(blocks=[block.raw for block in blocks]) if cited else None
        content = OutputText(text, cited or None)
        yield ItemDone(Message(role="assistant", content=[content], provider_data=data), key)

    def _call(self, block: _Block) -> HistoryItem:
        given = block.raw.get("input")
        if not block.call.text and given:
            text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
            block.call.pieces = [text]
        return block.call.item(self._freeform_tools)

    def _provider_item(self, block: _Block) -> OpaqueItem:
        """A search that the provider ran, what it found, and whatever else its own tools did."""
        raw = block.whole()
        item: dict[str, Any] = {"type": "provider_item"}
        if block.kind == "server_tool_use" and raw.get("name") == "web_search":
            query = string(record(raw.get("input")).get("query"))
            action = {"type": "search", "query": query}
            item = {"type": "web_search_call", "status": "completed", "action": action}
        return OpaqueItem({**item, "provider_data": self._mark.data(block=raw)})

    def _end_of_message(self, delta: dict[str, Any], usage: dict[str, Any]) -> None:
        self.finish = string(delta.get("stop_reason")) or self.finish
        self._explanation = string(record(delta.get("stop_details")).get("explanation"))
        self._count(usage)

    def _count(self, usage: dict[str, Any]) -> None:
        if usage:
            self.usage = (self.usage or ReportedUsage()).updated(_reported(usage))

    def _settle(self) -> Iterator[StreamEvent]:
        for place in range(self._flushed, len(self._blocks)):
            yield from self._flush(place, self._blocks[place])
        yield from self._flush_message()
        usage = _counts(self.usage or ReportedUsage())
        # A long search of the provider's own: it goes on from what it has said so far.
        paused = self.finish == "pause_turn"
        yield self._finished(usage, self._incomplete(), paused=paused)

    def _incomplete(self) -> str | None:
        if self.finish is None or self.finish in _COMPLETE:
            return None
        reason = "max_output_tokens" if self.finish == "max_tokens" else self.finish
        return f"{reason}: {self._explanation}" if self._explanation else reason


def _citations(blocks: Sequence[_Block]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for block in blocks:
        for source in records(block.raw.get("citations")):
            url = string(source.get("url"))
            title = string(source.get("title") or source.get("document_title")) or url
            if url or title:
                found[url or title] = {"type": "url_citation", "url": url, "title": title}
    return list(found.values())


def _reported(usage: dict[str, Any]) -> ReportedUsage:
    made = record(usage.get("output_tokens_details"))
    return ReportedUsage(
        input=count(usage.get("input_tokens")),
        cached=count(usage.get("cache_read_input_tokens")),
        cache_write=count(usage.get("cache_creation_input_tokens")),
        output=count(usage.get("output_tokens")),
        reasoning=count(made.get("thinking_tokens")),
    )


def _counts(said: ReportedUsage) -> TokenUsage:
    """In this dialect the input is counted without what was read from or written to the cache."""
    cached, written = said.cached or 0, said.cache_write or 0
    sent, got = (said.input or 0) + cached + written, said.output or 0
    return TokenUsage(
        input_tokens=sent,
        cached_input_tokens=cached,
        cache_write_input_tokens=written,
        output_tokens=got,
        reasoning_output_tokens=said.reasoning or 0,
        total_tokens=sent + got,
    )
