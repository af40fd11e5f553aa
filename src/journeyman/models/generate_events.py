"""Reads the answer of Google's generateContent, streamed or whole, as `StreamEvent`s.

An answer may go on after a first finish reason, so it is whole only when its stream ends. Requests are
`google_generate`'s.
Source: https://ai.google.dev/api/generate-content and the recorded exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

import msgspec

from journeyman.models.answers import (
    Asked,
    DecoderState,
    OpenCall,
    PartStream,
    ReportedUsage,
    count,
    event_fields,
    records,
    string,
)
from journeyman.models.api import InputDelta, ItemDone, StreamEvent
from journeyman.models.partial_arguments import PartialArguments
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import HistoryItem, OpaqueItem
from journeyman.protocol.usage import TokenUsage

# Parts of tools that Google runs itself; they are sent back in their place.
_PROVIDER_PARTS = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")


class GenerateDecoder(DecoderState):
    """See `answers.AnswerDecoder`."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        super().__init__(asked)
        self._parts = PartStream()
        self._said_parts: list[tuple[dict[str, Any], list[str]]] = []
        self._calls = 0
        self._streaming: tuple[OpenCall, PartialArguments] | None = None
        self._blocked: str | None = None
        self._finish_message = ""
        self._sources: dict[str, dict[str, Any]] = {}
        self._queries: dict[str, None] = {}

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.event`."""
        fields = event_fields(event)
        if fields is not None:
            yield from self._chunk(fields)

    def whole(self, value: object) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.whole`; a list holds what a stream would have sent one by one."""
        chunks = records(value) or [record(value)]
        if not any(_is_chunk(chunk) for chunk in chunks):
            raise self._failure(value)
        for chunk in chunks:
            yield from self._chunk(chunk)
        # JSON is whole where it can be read, also without a reason to finish.
        if self.finish or self._blocked or self._parts.kind or self._calls:
            yield from self._settle()

    def end(self, *, clean: bool) -> Iterator[StreamEvent]:
        """The stream's end is the answer's where a reason to finish came, and only if nothing broke."""
        if clean and not self.finished and (self.finish or self._blocked):
            yield from self._settle()

    def unfinished(self) -> list[HistoryItem]:
        """See `AnswerDecoder.unfinished`."""
        return [event.item for event in self._end_call() if isinstance(event, ItemDone)]

    def _settle(self) -> Iterator[StreamEvent]:
        yield from self._parts.cite(list(self._sources.values()))
        yield from self._close()
        if self._queries:
            yield ItemDone(self._search())
        usage = _counts(self.usage or ReportedUsage())
        yield self._finished(usage, self._incomplete())

    def _chunk(self, fields: dict[str, Any]) -> Iterator[StreamEvent]:
        fields = record(fields.get("response")) or fields  # Code Assist wraps it
        if fields.get("error"):
            raise self._failure(fields)
        self._name(fields.get("responseId"), fields.get("modelVersion"))
        self._blocked = (
            string(record(fields.get("promptFeedback")).get("blockReason")) or self._blocked
        )
        if usage := record(fields.get("usageMetadata")):
            # Each counts the whole answer so far; some hold no counts (Vertex).
            said = _reported(usage)
            self.usage = self.usage if self.usage and said == ReportedUsage() else said
        for candidate in records(fields.get("candidates"))[:1]:
            for part in records(record(candidate.get("content")).get("parts")):
                yield from self._part(part)
            self.finish = string(candidate.get("finishReason")) or self.finish
            self._finish_message = string(candidate.get("finishMessage"))
            self._ground(record(candidate.get("groundingMetadata")))

    def _part(self, part: dict[str, Any]) -> Iterator[StreamEvent]:
        if "functionCall" in part:
            yield from self._function_call(record(part["functionCall"]), part)
        elif any(name in part for name in _PROVIDER_PARTS):
            yield from self._close()
            data = self._mark.data(part=part)
            yield ItemDone(OpaqueItem({"type": "provider_item", "provider_data": data}))
        else:
            yield from self._said(part)

    def _said(self, part: dict[str, Any]) -> Iterator[StreamEvent]:
        text = string(part.get("text"))
        kind: Literal["message", "reasoning"] = "reasoning" if part.get("thought") else "message"
        signature = part.get("thoughtSignature")
        if not (text or signature):
            return
        if kind != self._parts.kind:
            yield from self._close()
        if kind == "reasoning":
            yield from self._parts.reasoning(text)
        else:
            yield from self._parts.text(text)
        opened = yield from self._parts.open(kind)
        # Parts with a signature must not be joined with others.
        if not self._said_parts or signature or "thoughtSignature" in self._said_parts[-1][0]:
            self._said_parts.append((part, []))
        self._said_parts[-1][1].append(text)
        opened.data = self._signed_data

    def _signed_data(self) -> dict[str, Any] | None:
        if not any("thoughtSignature" in part for part, _ in self._said_parts):
            return None
        parts = [{**part, "text": "".join(pieces)} for part, pieces in self._said_parts]
        return self._mark.data(parts=parts)

    def _function_call(self, call: dict[str, Any], part: dict[str, Any]) -> Iterator[StreamEvent]:
        """A call comes whole, or is announced by its name and followed by values."""
        if name := string(call.get("name")):
            yield from self._close()
            given = string(call.get("id"))
            opened = OpenCall(name, given or f"call_{self._calls}")
            self._calls += 1
            told = {"signature": part.get("thoughtSignature"), "own_id": bool(given)}
            opened.data = self._mark.data(**{k: v for k, v in told.items() if v is not None})
            arguments: object = call.get("args")
            if arguments and not isinstance(arguments, dict):
                # What is no object is judged as it is.
                text = string(arguments) or msgspec.json.encode(arguments).decode()
                opened.pieces = [text]
            self._streaming = opened, PartialArguments(record(call.get("args")))
        if self._streaming is not None:
            opened, arguments = self._streaming
            for piece in records(call.get("partialArgs")):
                for member, text in arguments.add(piece):
                    yield InputDelta(opened.call_id, opened.name, member, text)
        if not call.get("willContinue"):
            yield from self._end_call()

    def _end_call(self) -> Iterator[StreamEvent]:
        if self._streaming is not None:
            opened, arguments = self._streaming
            self._streaming = None
            opened.pieces = opened.pieces or [msgspec.json.encode(arguments.value()).decode()]
            yield ItemDone(opened.item(self._freeform_tools))

    def _close(self) -> Iterator[StreamEvent]:
        yield from self._parts.close()
        self._said_parts = []
        yield from self._end_call()

    def _ground(self, grounding: dict[str, Any]) -> None:
        for chunk in records(grounding.get("groundingChunks")):
            web = record(chunk.get("web"))
            if url := string(web.get("uri")):
                title = string(web.get("title")) or url
                self._sources[url] = {"type": "url_citation", "url": url, "title": title}
        queries = grounding.get("webSearchQueries")
        for query in cast("list[object]", queries) if isinstance(queries, list) else []:
            if isinstance(query, str):
                self._queries[query] = None

    def _search(self) -> OpaqueItem:
        action = {"type": "search", "query": ", ".join(self._queries)}
        item = {"type": "web_search_call", "status": "completed", "action": action}
        return OpaqueItem({**item, "provider_data": self._mark.data()})

    def _incomplete(self) -> str | None:
        if self._blocked:
            return f"the prompt was blocked ({self._blocked})"
        if self.finish in {None, "STOP", "FINISH_REASON_UNSPECIFIED"}:
            return None
        if self.finish == "MAX_TOKENS":
            return "max_output_tokens"
        return f"{self.finish} {self._finish_message}".strip()


def _is_chunk(fields: dict[str, Any]) -> bool:
    fields = record(fields.get("response")) or fields
    return any(name in fields for name in ("candidates", "promptFeedback", "usageMetadata"))


def _reported(usage: dict[str, Any]) -> ReportedUsage:
    return ReportedUsage(
        input=count(usage.get("promptTokenCount")),
        cached=count(usage.get("cachedContentTokenCount")),
        output=count(usage.get("candidatesTokenCount")),
        reasoning=count(usage.get("thoughtsTokenCount")),
        total=count(usage.get("totalTokenCount")),
    )


def _counts(said: ReportedUsage) -> TokenUsage:
    """In this dialect thoughts are counted beside the output, and what own tools read beside the input."""
    thought = said.reasoning or 0
    got = (said.output or 0) + thought
    total = said.total or (said.input or 0) + got
    return TokenUsage(
        input_tokens=max(said.input or 0, total - got),
        cached_input_tokens=said.cached or 0,
        output_tokens=got,
        reasoning_output_tokens=thought,
        total_tokens=total,
    )
