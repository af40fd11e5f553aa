"""Reads the answer of an OpenAI Chat Completions service, streamed or whole, as `StreamEvent`s.

Owns the tolerance for what the many services of this dialect do differently; none of them is named in the
product's behaviour, only in comments. Requests are `openai_chat`'s.
Source: https://platform.openai.com/docs/api-reference/chat-streaming and the recorded exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from journeyman.models.answers import (
    Asked,
    DecoderState,
    OpenCall,
    PartStream,
    ReportedUsage,
    count,
    event_fields,
    json_object,
    records,
    string,
)
from journeyman.models.api import ItemDone, StreamEvent
from journeyman.models.reasoning_details import merged_details
from journeyman.models.sse import ServerSentEvent
from journeyman.protocol.foreign_json import record
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.usage import TokenUsage

_INCOMPLETE = {
    "length": "max_output_tokens",
    "max_tokens": "max_output_tokens",
    "MAX_TOKENS": "max_output_tokens",  # Cohere
    "model_length": "max_output_tokens",  # Mistral
    "content_filter": "content_filter",
    "sensitive": "content_filter",  # GLM
}
# Reasons to finish that are failures: OpenRouter and Mistral, Cohere, DeepSeek, GLM.
_FAILED = {"error", "ERROR", "insufficient_system_resource", "network_error"}
# In turn: DeepSeek, Qwen, Kimi, GLM, llama.cpp; OpenRouter, Groq, newer vLLM; GitHub Copilot.
_REASONING_FIELDS = ("reasoning_content", "reasoning", "reasoning_text")
_MISTRAL = "thinking"


class ChatDecoder(DecoderState):
    """See `answers.AnswerDecoder`."""

    def __init__(self, asked: Asked) -> None:
        """Start an answer."""
        super().__init__(asked)
        self._parts = PartStream()
        self._calls: list[OpenCall] = []
        self._by_index: dict[int, OpenCall] = {}
        self._citations: list[dict[str, Any]] = []
        self._details: list[dict[str, Any]] = []
        self._reasoning_field: str | None = None

    def event(self, event: ServerSentEvent) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.event`."""
        if self.finished:
            return
        if event.data.strip() == "[DONE]":
            # Some never say why they end (Snowflake); what says nothing else either is no answer.
            said = self._parts.kind or self._calls
            if self.finish is not None or (said and not self._failed):
                yield from self._settle()
            return
        fields = event_fields(event)
        if fields is not None:
            yield from self._chunk(fields, failed=event.event == "error")

    def whole(self, value: object) -> Iterator[StreamEvent]:
        """See `AnswerDecoder.whole`."""
        fields = record(value)
        if not records(fields.get("choices")):
            raise self._failure(value)
        yield from self._chunk(fields, failed=False)
        yield from self._settle()

    def end(self, *, clean: bool) -> Iterator[StreamEvent]:
        """A finish reason says that all is there; what may be missing is only the count of tokens."""
        del clean
        if self.finish is not None and not self.finished:
            yield from self._settle()

    def unfinished(self) -> list[HistoryItem]:
        """See `AnswerDecoder.unfinished`."""
        return [] if self.finished else [call.item(self._freeform_tools) for call in self._calls]

    def _chunk(self, fields: dict[str, Any], *, failed: bool) -> Iterator[StreamEvent]:
        choices = records(fields.get("choices"))
        self._note(fields)
        for choice in choices:
            if choice.get("index") in (0, None):
                yield from self._choice(choice)
        for told in (fields, record(fields.get("x_groq")), *choices):
            if told.get("error"):
                raise self._failure(told)
        if failed or (not choices and _is_refusal(fields)):
            raise self._failure(fields)
        if self.finish in _FAILED:
            raise self._failure({"message": f"the service ended its answer: {self.finish}"})

    def _note(self, fields: dict[str, Any]) -> None:
        self._name(fields.get("id"), fields.get("model"), fields.get("service_tier"))
        usage = record(fields.get("usage")) or record(record(fields.get("x_groq")).get("usage"))
        if usage:
            self.usage = _reported(usage)
        # Perplexity: the sources of the whole answer, again in every chunk.
        sources = records(fields.get("search_results"))
        if not sources and isinstance(urls := fields.get("citations"), list):
            sources = [{"url": url} for url in cast("list[object]", urls) if isinstance(url, str)]
        if sources:
            self._citations = [_citation(source) for source in sources]

    def _choice(self, choice: dict[str, Any]) -> Iterator[StreamEvent]:
        delta = record(choice.get("delta"))
        if not (delta or self._parts.kind or self._calls):
            # In a stream it repeats what the deltas said (MiniMax, Perplexity).
            delta = record(choice.get("message"))
        yield from self._reasoning(delta)
        yield from self._content(delta.get("content"))
        yield from self._parts.refusal(string(delta.get("refusal")))
        for annotation in records(delta.get("annotations")):
            self._citations.append(_citation(record(annotation.get("url_citation")) or annotation))
        for call in records(delta.get("tool_calls")):
            yield from self._call(call)
        legacy = record(delta.get("function_call"))
        if any(legacy.values()):
            yield from self._call({"index": 0, "function": legacy})
        if usage := record(choice.get("usage")):  # Moonshot
            self.usage = _reported(usage)
        self.finish = string(choice.get("finish_reason")) or self.finish

    def _reasoning(self, delta: dict[str, Any]) -> Iterator[StreamEvent]:
        details = records(delta.get("reasoning_details"))
        field, text = next(
            ((name, said) for name in _REASONING_FIELDS if (said := string(delta.get(name)))),
            ("reasoning", "".join(string(d.get("text") or d.get("summary")) for d in details)),
        )
        if text:
            yield from self._think(field, text)
        if details:
            yield from self._open_reasoning()
            self._details += details

    def _think(self, field: str, text: str) -> Iterator[StreamEvent]:
        self._reasoning_field = self._reasoning_field or field
        yield from self._open_reasoning()
        yield from self._parts.reasoning(text)

    def _reasoning_data(self) -> dict[str, Any]:
        details = merged_details(self._details)
        return self._mark.data(
            field=self._reasoning_field, **({"details": details} if details else {})
        )

    def _open_reasoning(self) -> Iterator[StreamEvent]:
        if self._parts.kind != "reasoning":
            self._details = []
            part = yield from self._parts.open("reasoning")
            part.data = self._reasoning_data

    def _content(self, content: object) -> Iterator[StreamEvent]:
        if isinstance(content, str):
            yield from self._parts.text(content)
            return
        for part in records(content):
            if part.get("type") == _MISTRAL:
                inner = part.get(_MISTRAL)
                texts = [string(inner)] if isinstance(inner, str) else _texts(inner)
                for text in filter(None, texts):
                    yield from self._think(_MISTRAL, text)
            else:
                yield from self._parts.text(string(part.get("text")))

    def _call(self, raw: dict[str, Any]) -> Iterator[StreamEvent]:
        function = record(raw.get("function"))
        # Snowflake sends both, one of them with empty fields.
        free = {} if function.get("name") else record(raw.get("custom"))
        function = function or free
        name, call_id = string(function.get("name")), string(raw.get("id"))
        call = self._slot(raw.get("index"), name, call_id)
        call.name = call.name or name
        call.call_id = call.call_id or call_id
        call.freeform = call.freeform or bool(free)
        if extra := record(raw.get("extra_content")):
            # Google's thought signature, which its chat endpoint wants back on the call.
            call.data = self._mark.data(extra=extra)
        arguments = function.get("arguments") or function.get("input") or ""
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        yield from call.grow(arguments)

    def _slot(self, index: object, name: str, call_id: str) -> OpenCall:
        """The call that a delta belongs to; some services give no index, or every call the same one."""
        if isinstance(index, int):
            call = self._by_index.get(index)
        else:
            call = self._calls[-1] if self._calls else None
        another = name and call is not None and _is_another(call, call_id)
        if call is None or another or (not isinstance(index, int) and name):
            call = OpenCall()
            self._calls.append(call)
            if isinstance(index, int):
                self._by_index[index] = call
        return call

    def _settle(self) -> Iterator[StreamEvent]:
        yield from self._parts.cite(_unique(self._citations))
        yield from self._parts.close()
        for place, call in enumerate(self._calls):
            call.call_id = call.call_id or f"call_{place}"
            yield ItemDone(call.item(self._freeform_tools))
        usage = _counts(self.usage or ReportedUsage())
        yield self._finished(usage, _INCOMPLETE.get(self.finish or ""))


def _is_refusal(fields: dict[str, Any]) -> bool:
    """Whether an object without choices is an error in flat form, as vLLM, Mistral and MiniMax send it."""
    if fields.get("object") == "error" or record(fields.get("base_resp")).get("status_code"):
        return True
    return "usage" not in fields and bool(fields.get("message") or fields.get("detail"))


def _is_another(call: OpenCall, call_id: str) -> bool:
    """Whether what is named now is not the call that its index says: by its id, or since that is whole."""
    if call_id and call.call_id:
        return call_id != call.call_id
    # Only of one that came in one piece: looking again at every piece would take for ever.
    return bool(call.name) and len(call.pieces) == 1 and bool(json_object(call.text))


def _texts(parts: object) -> list[str]:
    return [string(part.get("text")) for part in records(parts)]


def _citation(source: dict[str, Any]) -> dict[str, Any]:
    url, title = string(source.get("url")), string(source.get("title"))
    return {"type": "url_citation", "url": url, "title": title or url}


def _unique(citations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({citation["url"]: citation for citation in citations if citation["url"]}.values())


def _reported(usage: dict[str, Any]) -> ReportedUsage:
    given = record(usage.get("prompt_tokens_details"))
    made = record(usage.get("completion_tokens_details"))
    return ReportedUsage(
        input=count(usage.get("prompt_tokens")),
        cached=_first(
            given.get("cached_tokens"),
            usage.get("prompt_cache_hit_tokens"),  # DeepSeek
            usage.get("cached_tokens"),  # Moonshot
        ),
        cache_write=count(given.get("cache_write_tokens")),
        output=count(usage.get("completion_tokens")),
        reasoning=_first(made.get("reasoning_tokens"), usage.get("reasoning_tokens")),  # SGLang
        total=count(usage.get("total_tokens")),
    )


def _first(*values: object) -> int | None:
    """The first of them that is a count."""
    return next((number for value in values if (number := count(value)) is not None), None)


def _counts(said: ReportedUsage) -> TokenUsage:
    sent, got, thought = said.input or 0, said.output or 0, said.reasoning or 0
    if thought and said.total == sent + got + thought:
        # Some services count reasoning beside the output.
        got += thought
    return TokenUsage(
        input_tokens=sent,
        cached_input_tokens=said.cached or 0,
        cache_write_input_tokens=said.cache_write or 0,
        output_tokens=got,
        reasoning_output_tokens=thought,
        total_tokens=said.total or sent + got,
    )
