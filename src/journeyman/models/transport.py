"""One attempt to ask a model over HTTP, whatever the dialect: send, read while it streams, name what fails.

Trying again is `retry`'s; what a request says and what an answer means are the dialect's. Leaving the
stream at any point closes the connection at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from urllib.parse import urlencode

from journeyman.models.answer_frames import AnswerError, AnswerFramer, decode_frame
from journeyman.models.answers import AnswerDecoder
from journeyman.models.api import Finished, ModelError, Prompt, StreamEvent
from journeyman.models.provider_errors import (
    SUCCESS,
    Answer,
    connection_error,
    missing_key,
    no_answer,
    status_error,
)
from journeyman.models.providers import Provider
from journeyman.net.http import HttpError

# Enough for any explanation; a refusal is never worth more memory.
_MAX_ERROR_BYTES = 64 * 1024


class Dialect(Protocol):
    """How one family of services is spoken to. Equal prompts make equal bytes."""

    def path(self, prompt: Prompt) -> str:
        """What follows the provider's base URL, a query included."""
        ...

    def headers(self, provider: Provider, api_key: str | None, prompt: Prompt) -> dict[str, str]:
        """The dialect's own headers, the key among them."""
        ...

    def encode(self, provider: Provider, prompt: Prompt) -> bytes:
        """The request's body."""
        ...

    def decoder(self, provider: Provider, prompt: Prompt, secrets: Sequence[str]) -> AnswerDecoder:
        """Reads the answer to that prompt; `secrets` are masked in error texts."""
        ...


class Response(Protocol):
    """An answer whose body is still coming; see `HttpResponse`."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises `HttpError`."""
        ...

    async def read(self, limit_bytes: int) -> bytes:
        """The body, cut at the limit."""
        ...

    async def drain(self) -> None:
        """Read a rest that is already on its way."""
        ...


class Poster(Protocol):
    """Sends requests; see `HttpClient.post_stream`."""

    def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AbstractAsyncContextManager[Response]:
        """POST, and give the answer while it comes; raises `HttpError`."""
        ...


class HttpModelClient:
    """Asks a service in its dialect; one attempt for each stream."""

    def __init__(
        self,
        provider: Provider,
        dialect: Dialect,
        *,
        http: Poster,
        api_key: str | None,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        """Set up without asking anything.

        Args:
            provider: where to ask; its timeouts apply.
            dialect: how to ask.
            http: opens the connections; shared, and closed by its owner.
            api_key: the provider's key, None where none is set.
            headers: sent with every request beside the provider's own, for instance `originator`.
            secrets: values that no error text may show; the key is one of them anyway.
        """
        self._provider = provider
        self._dialect = dialect
        self._http = http
        self._api_key = api_key or provider.experimental_bearer_token
        self._headers = dict(headers or {})
        self._secrets = (*secrets, *secrets_of(provider, self._api_key))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Ask once; see `ModelClient.stream`."""
        if self._provider.env_key and not self._api_key:
            raise missing_key(self._provider)
        # Told only when the connection is free again: few consumers ask for more after the last event.
        finished: Finished | None = None
        try:
            async with self._http.post_stream(
                self._url(prompt),
                self._request_headers(prompt),
                self._dialect.encode(self._provider, prompt),
                idle_timeout_seconds=self._provider.stream_idle_timeout_ms / 1000,
            ) as response:
                async for event in self._answer(response, prompt):
                    if isinstance(event, Finished):
                        finished = event
                    else:
                        yield event
        except HttpError as error:
            raise connection_error(self._provider, error) from None
        if finished is not None:
            yield finished

    async def close(self) -> None:
        """Nothing of its own to give up: the connections belong to `http`."""

    def _url(self, prompt: Prompt) -> str:
        base, _, query = self._provider.base_url.partition("?")
        path, _, own = self._dialect.path(prompt).partition("?")
        pairs = "&".join(filter(None, (query, own, urlencode(self._provider.query_params))))
        return base.rstrip("/") + path + (f"?{pairs}" if pairs else "")

    def _request_headers(self, prompt: Prompt) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "session_id": prompt.cache_key,
            **self._dialect.headers(self._provider, self._api_key, prompt),
            **self._headers,
            **self._provider.http_headers,
        }

    async def _answer(self, response: Response, prompt: Prompt) -> AsyncIterator[StreamEvent]:
        if response.status not in SUCCESS:
            body = await response.read(_MAX_ERROR_BYTES)
            answer = Answer(response.status, response.headers, body)
            raise status_error(self._provider, prompt.settings.model, answer, secrets=self._secrets)
        decoder = self._dialect.decoder(self._provider, prompt, self._secrets)
        async for events in self._decoded(response, decoder):
            for event in events:
                yield event
            if decoder.finished:
                await response.drain()
                return
        raise ModelError(
            "stream_disconnected",
            "the stream ended before the answer was complete",
            retryable=True,
        )

    async def _decoded(
        self, response: Response, decoder: AnswerDecoder
    ) -> AsyncIterator[Iterator[StreamEvent]]:
        framer = AnswerFramer()
        try:
            async for chunk in response.chunks():
                for frame in framer.feed(chunk):
                    yield decode_frame(decoder, frame)
            for frame in framer.finish():
                yield decode_frame(decoder, frame)
            yield decoder.end(clean=True)
        except HttpError as error:
            yield decoder.end(clean=False)
            raise ModelError("stream_disconnected", error.message, retryable=True) from None
        except AnswerError as error:
            raise no_answer(self._provider, str(error)) from None


def secrets_of(provider: Provider, api_key: str | None) -> Iterator[str]:
    """What a provider might echo in an error: its key, and settings whose names say they are secret."""
    if api_key:
        yield api_key
    for name, value in (*provider.http_headers.items(), *provider.query_params.items()):
        if any(word in name.lower() for word in ("key", "token", "secret", "auth")):
            yield value
