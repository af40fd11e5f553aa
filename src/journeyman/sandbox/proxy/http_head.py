"""HTTP/1.1 heads, read strictly (RFC 9112): what could be understood in two ways is an error. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_REQUEST_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e\x80-\xff]+) (HTTP/1\.[01])"
)
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
# Of one connection only, whatever `Connection` says (RFC 9110, 7.6.1).
_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"upgrade",
    )
)
_FRAMING = frozenset((b"content-length", b"transfer-encoding"))
_CLOSE = (b"Connection", b"close")

Header = tuple[bytes, bytes]
BodyLength = int | Literal["chunked"]


class HeadError(ValueError):
    """A head that is no HTTP/1.1, or could be read in two ways; the message says what."""


class RequestHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a request; `body` is its length in bytes or `chunked`."""

    method: str
    target: str
    version: bytes
    headers: tuple[Header, ...]
    body: BodyLength

    @property
    def host(self) -> str | None:
        """What the Host header says."""
        values = _values(self.headers, b"host")
        return values[0].decode("latin-1") if values else None

    def forwarded(self, path: str, authority: str) -> bytes:
        """The head to send on: to this path at this host, without what was meant for the proxy."""
        kept = [header for header in self.headers if header[0].lower() != b"host"]
        return _head(
            b"%s %s %s" % (self.method.encode(), path.encode("latin-1"), self.version),
            [(b"Host", authority.encode()), *_end_to_end(kept), _CLOSE],
        )


class ResponseHead(msgspec.Struct, frozen=True):
    """The head of a response."""

    line: bytes
    status: int
    headers: tuple[Header, ...]

    def forwarded(self) -> bytes:
        """The head to send on; the connection ends with a final response."""
        headers = _end_to_end(self.headers)
        return _head(self.line, headers if self.status < 200 else [*headers, _CLOSE])


def parse_request(data: bytes) -> RequestHead:
    """Read a whole request head.

    Raises:
        HeadError: it is malformed or ambiguous.
    """
    line, headers = _split(data)
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise HeadError("not an HTTP/1.1 request")
    version = match[3]
    hosts = _values(headers, b"host")
    if len(hosts) > 1 or (not hosts and version == b"HTTP/1.1"):
        raise HeadError("there must be one Host header")
    return RequestHead(
        method=match[1].decode(),
        target=match[2].decode("latin-1"),
        version=version,
        headers=headers,
        body=_body_length(headers, version),
    )


def parse_response(data: bytes) -> ResponseHead:
    """Read a whole response head.

    Raises:
        HeadError: it is no HTTP/1.1.
    """
    line, headers = _split(data)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise HeadError("not an HTTP/1.1 response")
    return ResponseHead(line, int(match[1]), headers)


def chunk_size(line: bytes) -> int:
    """The size in a chunk's first line; extensions are refused, as servers read them differently.

    Raises:
        HeadError: it is no size.
    """
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}\r\n", line):
        raise HeadError("not a chunk size")
    return int(line[:-2], 16)


def _split(data: bytes) -> tuple[bytes, tuple[Header, ...]]:
    lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    headers: list[Header] = []
    for line in lines[1:]:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise HeadError("a header line is malformed")
        headers.append((match[1], match[2]))
    return lines[0], tuple(headers)


def _body_length(headers: tuple[Header, ...], version: bytes) -> BodyLength:
    lengths = _values(headers, b"content-length")
    encodings = _values(headers, b"transfer-encoding")
    if encodings:
        if lengths or version != b"HTTP/1.1" or [e.lower() for e in encodings] != [b"chunked"]:
            raise HeadError("the length of the body is ambiguous")
        return "chunked"
    if not lengths:
        return 0
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise HeadError("the length of the body is ambiguous")
    return int(lengths[0])


def _values(headers: tuple[Header, ...], name: bytes) -> list[bytes]:
    return [value for given, value in headers if given.lower() == name]


def _end_to_end(headers: list[Header] | tuple[Header, ...]) -> list[Header]:
    named = b",".join(_values(tuple(headers), b"connection")).lower().split(b",")
    # What frames the body is not the sender's to hide.
    dropped = _HOP_BY_HOP | ({name.strip() for name in named} - _FRAMING)
    return [header for header in headers if header[0].lower() not in dropped]


def _head(line: bytes, headers: list[Header]) -> bytes:
    lines = [line, *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"
