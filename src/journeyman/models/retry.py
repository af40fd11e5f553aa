"""Asks again after failures that may pass: the one place that decides when, how often and how long to wait.

Two levels, as measured at the reference: a request that gets no answer is repeated quietly, then, like an
answer that breaks off, the whole stream is tried again and the user is told. What cannot succeed is never
asked twice, and nothing is tried for longer than a total time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec

from journeyman.models.api import ModelClient, ModelError, Prompt, Retrying, StreamEvent

_FIRST_DELAY_SECONDS = 0.2
_MAX_DELAY_SECONDS = 30.0
# Whoever asks for a longer wait has to be told to the user instead of waited for.
_MAX_RETRY_AFTER_SECONDS = 120.0
# From the first failure on; a user waits no longer for a service that does not come back.
_TOTAL_SECONDS = 600.0


class RetryLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How far to go.

    `request_max_retries` counts further tries of a request that got no answer, for each stream,
    `stream_max_retries` further tries of the stream; none begins later than `total_seconds` after the
    first failure.
    """

    request_max_retries: int
    stream_max_retries: int
    total_seconds: float = _TOTAL_SECONDS


class _Attempts:
    """How often was tried, and how often may be."""

    def __init__(self, limits: RetryLimits) -> None:
        self.request_limit = limits.request_max_retries
        self.stream_limit = limits.stream_max_retries
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
        limits: RetryLimits,
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        """Wrap `inner`.

        Args:
            inner: makes one attempt for each call.
            limits: how often and how long.
            sleep: waits for seconds.
            random: a number from 0 to 1, so that many clients do not come back at once.
            monotonic: seconds of a clock that never goes back.
        """
        self._inner = inner
        self._limits = limits
        self._sleep = sleep
        self._random = random
        self._monotonic = monotonic

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """Ask until there is a whole answer; see `ModelClient.stream`.

        Raises:
            ModelError: the last failure, when there is no further try.
        """
        attempts = _Attempts(self._limits)
        deadline: float | None = None
        while True:
            try:
                # The consumer may stop at any event: the connection must not outlive that.
                async with aclosing(self._inner.stream(prompt)) as events:
                    async for event in events:
                        yield event
            except ModelError as error:
                now = self._monotonic()
                deadline = now + self._limits.total_seconds if deadline is None else deadline
                retrying = self._after(error, attempts)
                if retrying is None or now + retrying.delay_seconds > deadline:
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
