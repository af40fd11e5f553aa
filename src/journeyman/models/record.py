"""Writes what a client sends and receives into a record, and changes nothing of it.

What a line looks like is `exchanges`'; asking is the wrapped client's. A record that cannot be written
fails the request: whoever asked for a record wants no run without one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Literal

from journeyman.models.api import ModelClient, ModelError, Prompt, StreamEvent
from journeyman.models.exchanges import Asked, ExchangeFile, Failure, RecordError
from journeyman.models.provider_errors import shown_address
from journeyman.models.providers import Provider
from journeyman.models.transport import Poster, Response
from journeyman.net.http import HttpError
from journeyman.protocol.history import CustomToolCallOutput, FunctionCallOutput


def kind_of(provider: Provider, prompt: Prompt) -> str:
    """What kind of request a prompt makes: two of different kinds cannot stand for one another."""
    what = "step" if prompt.tools else "question"
    last = prompt.history[-1] if prompt.history else None
    is_output = isinstance(last, FunctionCallOutput | CustomToolCallOutput)
    return f"{provider.wire_api}, {what} after {'outputs' if is_output else 'words'}"


class RecordingClient:
    """A `ModelClient` that asks another one over a wire it listens to."""

    def __init__(
        self,
        file: ExchangeFile,
        make: Callable[[Poster], ModelClient],
        http: Poster,
        *,
        provider: Provider,
        secrets: Sequence[str],
    ) -> None:
        """Listen to the client that `make` gives for a wire; `secrets` are masked in the file."""
        self._file = file
        self._make = make
        self._http = http
        self._provider = provider
        self._secrets = secrets

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`; raises `ModelError` too where the record cannot be written."""
        asked = Asked(
            thread=prompt.cache_key,
            provider=self._provider.id,
            provider_name=self._provider.name,
            base_url=shown_address(self._provider),
            wire_api=self._provider.wire_api,
            model=prompt.settings.model,
            kind=kind_of(self._provider, prompt),
        )
        client = self._make(_HeardPoster(self._file, self._http, asked, self._secrets))
        async with aclosing(client.stream(prompt)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """Nothing of its own to give up: the file belongs to whoever opened it."""


class _HeardPoster:
    """The wire of one request, listened to."""

    def __init__(
        self, file: ExchangeFile, http: Poster, asked: Asked, secrets: Sequence[str]
    ) -> None:
        self._file = file
        self._http = http
        self._asked = asked
        self._secrets = secrets

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[Response]:
        try:
            number = self._file.ask(self._asked, url, headers, body, secrets=self._secrets)
        except RecordError as error:
            raise ModelError("other", str(error)) from error
        heard: _HeardResponse | None = None
        failure: Failure | None = None
        try:
            async with self._http.post_stream(
                url, headers, body, idle_timeout_seconds=idle_timeout_seconds
            ) as response:
                heard = _HeardResponse(response)
                yield heard
        except HttpError as error:
            failure = Failure(kind=error.kind, message=error.message)
            raise
        finally:
            failure = heard.failure if heard and heard.failure else failure
            self._file.answer(
                number,
                "broken" if failure else heard.ended if heard else "left",
                head=(heard.status, heard.headers) if heard else None,
                body=bytes(heard.body) if heard else b"",
                failure=failure,
                secrets=self._secrets,
            )


class _HeardResponse:
    """An answer that keeps what was read of it."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.body = bytearray()
        self.ended: Literal["complete", "left"] = "left"
        self.failure: Failure | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.chunks():
                self.body += chunk
                yield chunk
        except HttpError as error:
            self.failure = Failure(kind=error.kind, message=error.message)
            raise
        self.ended = "complete"

    async def read(self, limit_bytes: int) -> bytes:
        self.body += await self._response.read(limit_bytes)
        self.ended = "complete"
        return bytes(self.body)

    async def drain(self) -> None:
        self.ended = "complete"
        await self._response.drain()
