"""One open connection on which requests are sent and answers read, one after the other.

Owns the way between the stream and h11, which frames HTTP/1.1; opening connections and timeouts belong to
`http`. No text of a `FramingError` holds what was sent or received.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import h11

# Larger heads are no answer of a model provider.
_MAX_HEAD_BYTES = 256 * 1024
_READ_BYTES = 64 * 1024


class FramingError(Exception):
    """The peer did not speak HTTP/1.1, or closed in the middle of a message."""


def request_of(method: str, target: str, headers: Mapping[str, str]) -> h11.Request:
    """A request that can be sent.

    Raises:
        FramingError: a header would break the framing; the text names the header, never its value.
    """
    try:
        return _request(method, target, headers)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        raise FramingError(_refused(headers)) from None


def _request(method: str, target: str, headers: Mapping[str, str]) -> h11.Request:
    pairs = [
        (name.encode("ascii"), value.strip(" \t").encode("latin-1"))
        for name, value in headers.items()
    ]
    return h11.Request(method=method, target=target, headers=pairs)


def _refused(headers: Mapping[str, str]) -> str:
    for name, value in headers.items():
        try:
            _request("GET", "/", {"Host": "", name: value})
        except (h11.LocalProtocolError, UnicodeEncodeError):
            return f"the header {name!r} holds a character that no header may hold"
    return "the request cannot be written in HTTP/1.1"


class Connection:
    """An open stream to an origin or a proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both ends; nothing else may use them from now on."""
        self._reader = reader
        self._writer = writer
        self._framing = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._received = False
        self._ended = False
        self.answered = False

    @property
    def fresh(self) -> bool:
        """Whether the peer has not closed it, as far as is known."""
        return not (self._reader.at_eof() or self._writer.is_closing())

    @property
    def reusable(self) -> bool:
        """Whether the answer was read to its end and both sides keep the connection."""
        done = self._framing.our_state is h11.DONE and self._framing.their_state is h11.DONE
        return done and not self._framing.trailing_data[0]

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._writer.transport.abort()

    async def ask(self, request: h11.Request, body: bytes = b"") -> h11.Response:
        """Send a request and give its answer's head, passing over interim (1xx) ones.

        Raises:
            FramingError: no HTTP answer came.
            OSError: the connection broke.
        """
        if self.answered:
            self._framing.start_next_cycle()
        self._received = False
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._framing.send(event) or b"")
        await self._writer.drain()
        while not isinstance(event := await self._next_event(), h11.Response):
            pass
        self.answered = True
        return event

    async def piece(self) -> bytes | None:
        """More of the answer's body as it comes; None at its end.

        Raises:
            FramingError: it broke off or its framing is wrong.
            OSError: the connection broke.
        """
        while self._framing.their_state is h11.SEND_BODY:
            event = await self._next_event()
            if isinstance(event, h11.Data):
                return bytes(event.data)
        return None

    async def _next_event(self) -> h11.Event:
        while True:
            in_body = self._framing.their_state is h11.SEND_BODY
            try:
                event = self._framing.next_event()
            except h11.RemoteProtocolError as error:
                raise FramingError(self._reason(error, in_body=in_body)) from None
            if isinstance(event, h11.Event):
                return event
            data = await self._reader.read(_READ_BYTES)
            self._received = self._received or bool(data)
            self._ended = not data
            self._framing.receive_data(data)

    def _reason(self, error: h11.RemoteProtocolError, *, in_body: bool) -> str:
        if in_body:
            ended = "the server closed the connection in the middle of its answer"
            return ended if self._ended else "the answer's body is not framed as HTTP/1.1 has it"
        if self._ended:
            what = "in the middle of the answer's head" if self._received else "without an answer"
            return f"the server closed the connection {what}"
        if error.error_status_hint == 431:
            return "the answer's head is too long"
        return "the server does not speak HTTP/1.1 as it should"
