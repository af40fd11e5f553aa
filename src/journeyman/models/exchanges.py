"""Exchanges with models as lines of a file: what `--record` writes and `--replay` reads.

Owns the format: a header, then for each exchange one line when it is asked and one when the answer is over,
so that a killed run loses at most its last line. Keys are never in it: of headers only those named here are
kept, of addresses no query, and known secrets are masked everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from journeyman.redaction import MASK

VERSION = 1
# What a report needs; any other header may hold a key.
_HEADERS = frozenset(
    (
        *("accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta"),
        *("originator", "retry-after", "retry-after-ms", "session_id", "user-agent"),
        *("x-request-id", "request-id"),
    )
)
# Shorter values would mask ordinary words.
_MIN_SECRET_CHARS = 6


class RecordError(Exception):
    """The file is no record, or cannot be read or written; the text says what, where and what to do."""


class Setup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What decides which requests are made, beside what models answer: names and figures of the configuration alone.

    `routing` is the table of that name, `retries` how often each provider is asked again: for an answer, and after a
    stream that broke off.
    """

    routing: Mapping[str, str | int | list[str]] = {}
    retries: Mapping[str, tuple[int, int]] = {}
    auto_compact_tokens: int | None = None
    context_window: int | None = None


class Header(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="record", omit_defaults=True
):
    """The first line; `prompt` is what `jm exec` was asked."""

    version: int
    program: str
    prompt: str | None = None
    setup: Setup = Setup()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked, for which thread; `kind` says what kind of request it is."""

    thread: str
    provider: str
    provider_name: str
    base_url: str
    wire_api: str
    model: str
    kind: str


class Request(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="request", omit_defaults=True
):
    """One request as it was sent."""

    exchange: int
    asked: Asked
    url: str
    headers: Mapping[str, str]
    body: msgspec.Raw


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why no whole answer came."""

    kind: str
    message: str


class Answer(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="answer", omit_defaults=True
):
    """What came back, as far as it was read.

    A body that is no UTF-8 is in `body_base64`. `ended` says how it ended: whole, broken by the connection
    (`failure` says how), or left by the run, which had read enough or was stopped.
    """

    exchange: int
    ended: Literal["complete", "broken", "left"]
    status: int | None = None
    headers: Mapping[str, str] = {}
    body: str | None = None
    body_base64: bytes | None = None
    failure: Failure | None = None

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        if self.body_base64 is not None:
            return self.body_base64
        return (self.body or "").encode()


class ExchangeFile:
    """A record that is being written."""

    def __init__(self, path: Path, header: Header) -> None:
        """Make the file, for its user alone.

        Raises:
            RecordError: there is such a file, or it cannot be made.
        """
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags, 0o600)
            self._line(header)
        except FileExistsError:
            text = f"{path} exists: choose a new file for the record, or remove that one"
            raise RecordError(text) from None
        except OSError as error:
            raise RecordError(_cannot("write", path, error)) from error
        self._failure: OSError | None = None
        self._count = 0

    def ask(
        self,
        asked: Asked,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        secrets: Sequence[str],
    ) -> int:
        """Write a request, and return the number of its exchange.

        Raises:
            RecordError: it, or the answer before it, could not be written.
        """
        self._count += 1
        request = Request(
            exchange=self._count,
            asked=asked,
            url=address_without_secrets(url),
            headers=_kept(headers),
            body=msgspec.Raw(_masked(body, secrets)),
        )
        try:
            if self._failure is not None:
                raise self._failure
            self._line(request)
        except OSError as error:
            raise RecordError(_cannot("write", self._path, error)) from error
        return self._count

    def answer(
        self,
        exchange: int,
        ended: Literal["complete", "broken", "left"],
        *,
        head: tuple[int, Mapping[str, str]] | None,
        body: bytes,
        failure: Failure | None,
        secrets: Sequence[str],
    ) -> None:
        """Write how it was answered; a failure to write shows with the next request."""
        body = _masked(body, secrets)
        try:
            text, other = body.decode(), None
        except UnicodeDecodeError:
            text, other = None, body
        answer = Answer(
            exchange=exchange,
            ended=ended,
            status=head[0] if head else None,
            headers=_kept(head[1]) if head else {},
            body=text,
            body_base64=other,
            failure=failure,
        )
        try:
            self._line(answer)
        except OSError as error:
            self._failure = error

    def close(self) -> None:
        """Close the file; idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _line(self, line: Header | Request | Answer) -> None:
        data = msgspec.json.encode(line) + b"\n"
        while data:
            data = data[os.write(self._file, data) :]


class Exchange(msgspec.Struct, frozen=True):
    """A recorded request with its answer; None where the record ends before it."""

    request: Request
    answer: Answer | None


def read_exchanges(path: Path) -> tuple[Header, list[Exchange]]:
    """What a record says; a last line that was cut off is left out.

    Raises:
        RecordError: it cannot be read, is no record, or one of a later program.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordError(_cannot("read", path, error)) from error
    header = _header(path, lines[0])
    requests: list[Request] = []
    answers: dict[int, Answer] = {}
    # What follows the last newline is the torn line of a killed run.
    for number, line in enumerate(lines[1:-1], start=2):
        try:
            read = msgspec.json.decode(line, type=Request | Answer)
        except (msgspec.DecodeError, RecursionError) as error:
            text = (
                f"line {number} is no line of a record ({error}), in {path}: record the run again"
            )
            raise RecordError(text) from error
        if isinstance(read, Request):
            requests.append(read)
        else:
            answers[read.exchange] = read
    return header, [Exchange(request, answers.get(request.exchange)) for request in requests]


def _header(path: Path, line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.DecodeError as error:
        text = f"{path} is no record of a run: name a file that --record has written"
        raise RecordError(text) from error
    if header.version != VERSION:
        text = f"{path} is a record of format {header.version}, by {header.program}: replay it with that program"
        raise RecordError(text)
    return header


def address_without_secrets(url: str) -> str:
    """The address without login and query."""
    scheme, separator, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _HEADERS}


def _masked(body: bytes, secrets: Sequence[str]) -> bytes:
    """With the secrets' values masked, as they are and as JSON writes them."""
    for secret in secrets:
        for form in (secret, msgspec.json.encode(secret).decode()[1:-1]):
            if len(form) >= _MIN_SECRET_CHARS:
                body = body.replace(form.encode(errors="surrogatepass"), MASK.encode())
    return body


def _cannot(verb: str, path: Path, error: OSError) -> str:
    return f"cannot {verb} the record {path}: {error.strerror}: choose another file"
