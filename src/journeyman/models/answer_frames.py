"""Cuts an answer's body into what a decoder reads: server-sent events, or one JSON value.

Which of both it is shows in the first byte: services name the wrong content type, and some answer a request
for a stream with plain JSON. Memory is bounded by `MAX_ANSWER_BYTES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from journeyman.models.answers import AnswerDecoder
from journeyman.models.api import StreamEvent
from journeyman.models.sse import ServerSentEvent, SseError, SseParser
from journeyman.models.unpacking import PackingError, Unpacker
from journeyman.protocol.foreign_json import read_sloppy_json

# More than any model writes; whoever sends more is no model.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


# Of those that follow each other without being events; no model writes in smaller pieces for so long.
_MAX_VALUES = 100_000
_VALUE = re.compile(r"[^, \t\r\n]")


class AnswerError(Exception):
    """The body is no model's answer; the text says what it is instead."""


class JsonBody(msgspec.Struct, frozen=True):
    """The whole answer as one value."""

    value: Any


Frame = ServerSentEvent | JsonBody


class AnswerFramer:
    """Turns chunks into frames; feed it in order, then `finish`."""

    def __init__(self, *, max_bytes: int = MAX_ANSWER_BYTES) -> None:
        """Start at the beginning of a body."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._unpacker = Unpacker()
        self._events = SseParser()
        self._streams: bool | None = None
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes; a JSON body comes with `finish`.

        Raises:
            AnswerError: the body is larger than any answer.
        """
        try:
            chunk = self._unpacker.feed(chunk, limit_bytes=self._max_bytes - self._bytes + 1)
        except PackingError as error:
            raise AnswerError(str(error)) from None
        self._bytes += len(chunk)
        if self._bytes > self._max_bytes:
            raise AnswerError(f"an answer of more than {self._max_bytes >> 20} MB")
        if self._streams:
            return self._feed_events(chunk)
        self._parts.append(chunk)
        if self._streams is None and (head := chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]):
            self._streams = head not in {b"{", b"[", b"<"}
            if self._streams:
                held, self._parts = b"".join(self._parts), []
                return self._feed_events(held)
        return []

    def finish(self) -> list[Frame]:
        """What the body's end completes.

        Raises:
            AnswerError: the body is neither events nor JSON.
        """
        if self._streams is not False:
            return [*self._events.finish()]
        body = b"".join(self._parts).strip(b"\xef\xbb\xbf \t\r\n")
        self._parts.clear()
        # A character that is cut or wrong costs itself, not the answer.
        text = body.decode("utf-8", "replace")
        try:
            frames: list[Frame] = [JsonBody(read_sloppy_json(text))]
        except msgspec.DecodeError:
            frames = [*islice(_whole_values(text), _MAX_VALUES)]
        if not frames:
            raise AnswerError("a web page" if body.startswith(b"<") else "broken JSON")
        return frames

    def _feed_events(self, chunk: bytes) -> list[ServerSentEvent]:
        try:
            return self._events.feed(chunk)
        except SseError as error:
            raise AnswerError(str(error)) from None


def _whole_values(text: str) -> Iterator[ServerSentEvent]:
    """The values that a cut list holds whole (Google without `alt=sse`), or one after the other (gateways)."""
    decoder, end = json.JSONDecoder(strict=False), int(text.startswith("["))
    try:
        while begin := _VALUE.search(text, end):
            _, end = decoder.raw_decode(text, begin.start())
            yield ServerSentEvent("", text[begin.start() : end])
    except (ValueError, RecursionError):
        return


def decode_frame(decoder: AnswerDecoder, frame: Frame) -> Iterator[StreamEvent]:
    """What a frame means; raises `ModelError` for a failure that the service reports."""
    if isinstance(frame, JsonBody):
        return decoder.whole(frame.value)
    return decoder.event(frame)
