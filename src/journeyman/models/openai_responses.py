"""The OpenAI Responses dialect: a prompt becomes one HTTP request, its answer a stream of events.

One attempt each; trying again is `retry`'s, reading the answer `responses_events`'s. Equal prompts make
equal bytes, and a longer history only appends, so that the provider's prompt cache hits.
Source: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from journeyman.models.api import Finished, ModelError, Prompt, StreamEvent, ToolSpec
from journeyman.models.profiles import profile_for
from journeyman.models.provider_errors import (
    Answer,
    connection_error,
    missing_key,
    read_refusal,
    shown_address,
    status_error,
    stream_error,
)
from journeyman.models.providers import Provider
from journeyman.models.responses_events import ResponsesDecoder
from journeyman.models.sse import SseError, SseParser
from journeyman.net.http import HttpClient, HttpError, HttpResponse
from journeyman.protocol.history import encode_history_item

# Enough for any explanation; a refusal is never worth more memory.
_MAX_ERROR_BYTES = 64 * 1024
_MAX_JSON_BYTES = 64 * 1024 * 1024


class ResponsesClient:
    """Asks a service that speaks the Responses dialect."""

    def __init__(
        self,
        provider: Provider,
        *,
        http: HttpClient,
        api_key: str | None,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        """Set up without asking anything.

        Args:
            provider: where to ask; its timeouts apply.
            http: opens the connections; shared, and closed by its owner.
            api_key: the bearer token, None where none is set.
            headers: sent with every request beside the provider's own, for instance `originator`.
            secrets: values that no error text may show; the key is one of them anyway.
        """
        self._provider = provider
        self._http = http
        self._api_key = api_key or provider.experimental_bearer_token
        self._headers = dict(headers or {})
        self._secrets = (*secrets, *_own_secrets(provider, self._api_key))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Ask once; see `ModelClient.stream`."""
        if self._provider.env_key and not self._api_key:
            raise missing_key(self._provider)
        # Told only when the connection is free again: few consumers ask for more after the last event.
        finished: Finished | None = None
        try:
            async with self._http.post_stream(
                self._url(),
                self._request_headers(prompt),
                encode_request(prompt),
                idle_timeout_seconds=self._provider.stream_idle_timeout_ms / 1000,
            ) as response:
                async for event in self._answer(response, prompt.settings.model):
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

    def _url(self) -> str:
        base, _, query = self._provider.base_url.partition("?")
        pairs = "&".join(filter(None, (query, urlencode(self._provider.query_params))))
        return base.rstrip("/") + "/responses" + (f"?{pairs}" if pairs else "")

    def _request_headers(self, prompt: Prompt) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "session_id": prompt.cache_key,
            **self._headers,
            **self._provider.http_headers,
        }
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        return headers

    async def _answer(self, response: HttpResponse, model: str) -> AsyncIterator[StreamEvent]:
        if response.status != 200:
            body = await response.read(_MAX_ERROR_BYTES)
            answer = Answer(response.status, response.headers, body)
            raise status_error(self._provider, model, answer, secrets=self._secrets)
        decoder = ResponsesDecoder(self._secrets)
        async for events in self._decoded(response, decoder):
            for event in events:
                yield event
            if decoder.finished:
                await response.drain()
                return
        raise ModelError(
            "stream_disconnected", "stream closed before response.completed", retryable=True
        )

    async def _decoded(
        self, response: HttpResponse, decoder: ResponsesDecoder
    ) -> AsyncIterator[Iterator[StreamEvent]]:
        parser = SseParser()
        head = b""
        try:
            async for chunk in response.chunks():
                if not head:
                    # What it is shows in its first byte; some services name the wrong content type.
                    head = chunk.lstrip()[:1]
                    if head in {b"{", b"<"}:
                        yield await self._whole(response, decoder, chunk)
                        return
                for event in parser.feed(chunk):
                    yield decoder.event(event)
            for event in parser.finish():
                yield decoder.event(event)
        except HttpError as error:
            raise ModelError("stream_disconnected", error.message, retryable=True) from None
        except SseError as error:
            raise ModelError("protocol", f"{self._provider.name}: {error}") from None

    async def _whole(
        self, response: HttpResponse, decoder: ResponsesDecoder, first: bytes
    ) -> Iterator[StreamEvent]:
        """An answer that is no stream: a response as JSON, or something else entirely."""
        body = first + await response.read(_MAX_JSON_BYTES)
        try:
            value = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise ModelError(
                "protocol",
                f"{self._provider.name} answered with something that is no model's answer; "
                f"check the base URL {shown_address(self._provider)!r}",
            ) from None
        if "output" not in value:
            raise stream_error(read_refusal(value), self._secrets)
        return decoder.response(value)


def _own_secrets(provider: Provider, api_key: str | None) -> Iterator[str]:
    """What a provider might echo in an error: its key, and settings whose names say they are secret."""
    if api_key:
        yield api_key
    for name, value in (*provider.http_headers.items(), *provider.query_params.items()):
        if any(word in name.lower() for word in ("key", "token", "secret", "auth")):
            yield value


def encode_request(prompt: Prompt) -> bytes:
    """The request's body."""
    settings = prompt.settings
    reasoning = _reasoning(prompt)
    body: dict[str, Any] = {
        "model": settings.model,
        "instructions": prompt.instructions,
        "input": [encode_history_item(item) for item in prompt.history],
        "tools": [_tool(spec) for spec in prompt.tools],
        "tool_choice": "auto",
        "parallel_tool_calls": settings.parallel_tool_calls,
        "reasoning": reasoning,
        "store": False,
        "stream": True,
        # Refused by models that do not reason.
        "include": ["reasoning.encrypted_content"] if reasoning else [],
        "service_tier": settings.service_tier,
        "prompt_cache_key": prompt.cache_key,
        "text": _text(prompt),
    }
    return msgspec.json.encode(dict(_present(body.items())))


def _present(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in pairs if value is not None)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    if not spec.freeform:
        return {
            "type": "function",
            "name": spec.name,
            "description": spec.description,
            "strict": False,
            "parameters": spec.parameters,
        }
    tool: dict[str, Any] = {
        "type": "custom",
        "name": spec.name,
        "description": spec.description,
        "format": {"type": "text"},
    }
    if spec.grammar:
        tool["format"] = {"type": "grammar", "syntax": "lark", "definition": spec.grammar}
    return tool


def _reasoning(prompt: Prompt) -> dict[str, Any] | None:
    settings = prompt.settings
    profile = profile_for(settings.model)
    effort = settings.reasoning_effort or profile.default_effort
    summary = settings.reasoning_summary
    if effort is None and summary is None:
        return None
    shown = summary if summary != "none" else None
    return dict(_present((("effort", effort), ("summary", shown)))) or None


def _text(prompt: Prompt) -> dict[str, Any] | None:
    settings = prompt.settings
    text: dict[str, Any] = {}
    if settings.verbosity and profile_for(settings.model).verbosity:
        text["verbosity"] = settings.verbosity
    if settings.output_schema is not None:
        text["format"] = {
            "type": "json_schema",
            "strict": True,
            "name": "codex_output_schema",
            "schema": settings.output_schema,
        }
    return text or None
