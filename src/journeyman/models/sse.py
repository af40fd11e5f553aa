"""Reads a stream of server-sent events from byte chunks (WHATWG HTML, section 9.2.6).

Owns framing only: what the data means is the dialect's. Chunks may be cut anywhere; memory is bounded by
the longest event.
"""

from __future__ import annotations

import msgspec

MAX_EVENT_BYTES = 64 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class SseError(Exception):
    """A line or an event is longer than any provider sends."""


class ServerSentEvent(msgspec.Struct, frozen=True):
    """One event: its name, empty where none was given, and its data lines joined by newlines."""

    event: str
    data: str


class SseParser:
    """Turns chunks into events; feed it in order, then `finish`."""

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        """Start at the beginning of a stream."""
        self._max_event_bytes = max_event_bytes
        self._parts: list[bytes] = []
        self._pending_bytes = 0
        self._after_cr = False
        self._first_line = True
        self._event = ""
        self._bare = False
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes.

        Raises:
            SseError: more than the allowed bytes without an end.
        """
        if not chunk:
            return []
        if self._after_cr:
            # The line ended with the carriage return; its newline came with this chunk.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        *ends, rest = _split_lines(chunk)
        events: list[ServerSentEvent] = []
        for end in ends:
            line = b"".join((*self._parts, end)) if self._parts else end
            self._parts.clear()
            self._pending_bytes = 0
            self._take(line, events)
        if rest:
            self._parts.append(rest)
            self._pending_bytes += len(rest)
        self._after_cr = chunk.endswith(b"\r")
        if self._pending_bytes + self._data_bytes > self._max_event_bytes:
            raise SseError(f"an event is longer than {self._max_event_bytes} bytes")
        return events

    def finish(self) -> list[ServerSentEvent]:
        """The event that the stream's end completes: some servers leave out the last blank line."""
        events: list[ServerSentEvent] = []
        if self._parts:
            self._take(b"".join(self._parts), events)
            self._parts.clear()
        self._take(b"", events)
        return events

    def _take(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if self._bare or line.startswith(b"{"):
            # Google tells a failure in mid-stream as plain JSON, on one line or many.
            self._bare = True
            self._add(line)
        elif name == b"data":
            self._add(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"error":
            # Older servers of llama.cpp write it in place of `data`.
            self._event = "error"
            self._add(value)

    def _add(self, data: bytes) -> None:
        self._data.append(data)
        self._data_bytes += len(data) + 1

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        if self._data:
            data = b"\n".join(self._data).decode("utf-8", "replace")
            events.append(ServerSentEvent(self._event, data))
        self._event = ""
        self._bare = False
        self._data.clear()
        self._data_bytes = 0


def _split_lines(chunk: bytes) -> list[bytes]:
    """The lines of a chunk, ended by CRLF, LF or CR; the last one is what has no end yet."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return chunk.split(b"\n")
