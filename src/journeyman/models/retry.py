"""Asks again after failures that may pass: the one place that decides when, how often and how long to wait.

Two levels, as measured at the reference: a request that gets no answer is repeated quietly, then, like an
answer that breaks off, the whole stream is tried again and the user is told. What cannot succeed is never
asked twice.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from journeyman.models.api import ModelClient, ModelError, Prompt, Retrying, StreamEvent

_FIRST_DELAY_SECONDS = 0.2
_MAX_DELAY_SECONDS = 30.0
# Whoever asks for a longer wait has to be told to the user instead of waited for.
_MAX_RETRY_AFTER_SECONDS = 120.0


class _Attempts:
    """How often was tried, and how often may be."""

    def __init__(self, request_limit: int, stream_limit: int) -> None:
        self.request_limit = request_limit
        self.stream_limit = stream_limit
        self.requests = 0
        self.streams = 0

    def next(self, error: ModelError) -> Retrying | None:
        """The try that follows `error`, its delay not yet known; None when there is none.

        A quiet one has the limit of requests and is told only where it waits for the provider.
        """
        if error.status is not None or error.kind == "connection_failed":
            self.requests += 1
            if self.requests <= self.request_limit:
                return Retrying(self.requests, self.request_limit, 0.0, error.message)
        if error.kind == "rate_limit_exceeded" and error.status is not None:
            return None
        self.streams += 1
        self.requests = 0
        if self.streams > self.stream_limit:
            return None
        return Retrying(self.streams, self.stream_limit, 0.0, error.message)

    @property
    def quiet(self) -> bool:
        """Whether the latest try was one of the quiet level."""
        return self.requests > 0


class RetryingClient:
    """A `ModelClient` that tries another one again."""

    def __init__(
        self,
        inner: ModelClient,
        *,
        request_max_retries: int,
        stream_max_retries: int,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        """Wrap `inner`.

        Args:
            inner: makes one attempt for each call.
            request_max_retries: further tries of a request that got no answer, for each stream.
            stream_max_retries: further tries of the stream.
            sleep: waits for seconds.
            random: a number from 0 to 1, so that many clients do not come back at once.
        """
        self._inner = inner
        self._request_max_retries = request_max_retries
        self._stream_max_retries = stream_max_retries
        self._sleep = sleep
        self._random = random

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Ask until there is a whole answer; see `ModelClient.stream`.

        Raises:
            ModelError: the last failure, when there is no further try.
        """
        attempts = _Attempts(self._request_max_retries, self._stream_max_retries)
        while True:
            try:
                # The consumer may stop at any event: the connection must not outlive that.
                async with aclosing(self._inner.stream(prompt)) as events:
                    async for event in events:
                        yield event
            except ModelError as error:
                retrying = self._after(error, attempts)
                if retrying is None:
                    raise
            else:
                return
            if not attempts.quiet or retrying.delay_seconds >= 1:
                yield retrying
            await self._sleep(retrying.delay_seconds)

    async def close(self) -> None:
        """Close the inner client."""
        await self._inner.close()

    def _after(self, error: ModelError, attempts: _Attempts) -> Retrying | None:
        asked = error.retry_after_seconds
        if not error.retryable or (asked is not None and asked > _MAX_RETRY_AFTER_SECONDS):
            return None
        retrying = attempts.next(error)
        if retrying is None:
            return None
        delay = min(_FIRST_DELAY_SECONDS * 2 ** (retrying.attempt - 1), _MAX_DELAY_SECONDS)
        jittered = delay * (0.9 + 0.2 * self._random())
        return Retrying(
            retrying.attempt,
            retrying.limit,
            jittered if asked is None else asked,
            retrying.reason,
        )
