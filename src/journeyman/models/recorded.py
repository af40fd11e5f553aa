"""Decodes a recorded answer body with the very code that reads live ones, and says what it means in one object.

For bug reports and tests of dialects: goes on after an error as far as the body reaches, where a live
answer would be given up. A cut stream is no error here; it is not `complete`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from journeyman.models.answer_frames import AnswerError, AnswerFramer, Frame, decode_frame
from journeyman.models.answers import AnswerDecoder, ReportedUsage, json_object
from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    ModelError,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
)
from journeyman.models.provider_errors import SUCCESS, Answer, status_error
from journeyman.models.providers import Provider
from journeyman.protocol.history import (
    CustomToolCall,
    FunctionCall,
    HistoryItem,
    Message,
    OutputText,
    Reasoning,
    Refusal,
)


def decode_recorded(decoder: AnswerDecoder, body: bytes, *, status: int = 200) -> dict[str, Any]:
    """What the answer says.

    Args:
        decoder: of the body's dialect, fresh.
        body: as it came from the wire.
        status: the HTTP status it came with.

    Returns:
        `text`, `reasoning`, `refusal`, `tool_calls` (arguments None where they are no JSON object), the
        service's word `finish`, its `usage`, its `error`, and whether the answer is `complete`.
    """
    reading = _Reading()
    if status in SUCCESS:
        reading.read(decoder, body)
    else:
        reading.fail(status_error(_NOBODY, "", Answer(status, {}, body)))
    return {
        "text": "".join(reading.texts()),
        "reasoning": "".join(reading.reasoning()),
        "refusal": "".join(reading.refusals()) or None,
        "tool_calls": [call for item in reading.items for call in _calls(item)],
        "finish": decoder.finish,
        "usage": _usage(decoder.usage),
        "error": reading.error,
        "complete": reading.complete,
    }


_CHUNK_BYTES = 64 * 1024
_NOBODY = Provider(id="recorded", name="The provider")


class _Reading:
    """Everything that a decoder told of one body, in order."""

    def __init__(self) -> None:
        self.items: list[HistoryItem | list[TextDelta | ReasoningDelta]] = []
        self._open: dict[str, int] = {}
        self.error: dict[str, Any] | None = None
        self.complete = False

    def read(self, decoder: AnswerDecoder, body: bytes) -> None:
        told = False
        try:
            for frame in _frames(AnswerFramer(), body):
                told = True
                self._take(decode_frame(decoder, frame))
        except AnswerError as error:
            self._refuse(str(error))
            return
        if not told and body.strip():
            self._refuse("neither events nor JSON")
        self._take(decoder.end(clean=True))
        if not self.complete:
            self._take(ItemDone(item) for item in decoder.unfinished())

    def _refuse(self, what: str) -> None:
        text = f"the body is no answer of this dialect: {what}"
        self.error = self.error or {"type": None, "message": text}

    def fail(self, error: ModelError) -> None:
        if self.error is None:
            self.error = {"type": error.said_type, "message": error.said or error.message}

    def texts(self) -> Iterator[str]:
        for item in self.items:
            if isinstance(item, Message):
                yield from (part.text for part in item.content if isinstance(part, OutputText))
            elif isinstance(item, list):
                yield from _texts(item, is_refusal=False)

    def refusals(self) -> Iterator[str]:
        for item in self.items:
            if isinstance(item, Message):
                yield from (part.refusal for part in item.content if isinstance(part, Refusal))
            elif isinstance(item, list):
                yield from _texts(item, is_refusal=True)

    def reasoning(self) -> Iterator[str]:
        for item in self.items:
            if isinstance(item, Reasoning):
                yield from (part.text for part in item.summary)
                yield from (str(part.get("text", "")) for part in item.content or ())
            elif isinstance(item, list):
                yield from (delta.text for delta in item if isinstance(delta, ReasoningDelta))

    def _take(self, events: Iterable[StreamEvent]) -> None:
        try:
            for event in events:
                self._note(event)
        except ModelError as error:
            # What a broken event or a missing answer is called by us is no word of the service.
            if error.kind != "stream_disconnected":
                self.fail(error)

    def _note(self, event: StreamEvent) -> None:
        match event:
            case ItemBegun(key):
                self._open[key] = len(self.items)
                self.items.append([])
            case TextDelta(key) | ReasoningDelta(key):
                deltas = self.items[self._open[key]] if key in self._open else None
                if isinstance(deltas, list):
                    deltas.append(event)
            case ItemDone(item, key):
                place = self._open.pop(key or "", len(self.items))
                self.items[place : place + 1] = [item]
            case Finished():
                self.complete = True
            case _:
                pass


def _frames(framer: AnswerFramer, body: bytes) -> Iterator[Frame]:
    # As from the wire: the framer's own copies stay small.
    for start in range(0, len(body), _CHUNK_BYTES):
        yield from framer.feed(body[start : start + _CHUNK_BYTES])
    yield from framer.finish()


def _texts(deltas: Iterable[StreamEvent], *, is_refusal: bool) -> Iterator[str]:
    for delta in deltas:
        if isinstance(delta, TextDelta) and delta.is_refusal == is_refusal:
            yield delta.text


def _calls(item: object) -> Iterator[dict[str, Any]]:
    if isinstance(item, FunctionCall):
        yield {"name": item.name, "arguments": json_object(item.arguments)}
    elif isinstance(item, CustomToolCall):
        yield {"name": item.name, "arguments": None, "input": item.input}


def _usage(usage: ReportedUsage | None) -> dict[str, int | None] | None:
    if usage is None:
        return None
    return {
        "input": usage.input,
        "cached": usage.cached,
        "output": usage.output,
        "reasoning": usage.reasoning,
    }
