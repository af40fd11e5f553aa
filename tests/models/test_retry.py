from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.models.asking import prompt_of

from journeyman.models.api import Finished, ModelError, Retrying, StreamEvent
from journeyman.models.openai_responses import ResponsesDialect
from journeyman.models.retry import RetryingClient, RetryLimits
from journeyman.models.scripted import ScriptedClient
from journeyman.models.transport import HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step
from journeyman.testing.scripted_model import answer, says

BAD = 40  # more bad answers than any policy asks for


class Waits:
    """A sleep that takes no time and notes what it was asked."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(round(seconds, 3))

    def monotonic(self) -> float:
        """A clock that only sleep moves."""
        return sum(self.seconds)


async def asked(
    provider: MockProvider, waits: Waits, *, retries: int = 2
) -> tuple[list[StreamEvent], ModelError | None]:
    http = HttpClient()
    client = RetryingClient(
        HttpModelClient(provider.provider(), ResponsesDialect(), http=http, api_key=None),
        limits=RetryLimits(request_max_retries=retries, stream_max_retries=retries),
        sleep=waits,
        random=lambda: 0.5,
        monotonic=waits.monotonic,
    )
    events: list[StreamEvent] = []
    try:
        async for event in client.stream(prompt_of()):
            events.append(event)  # noqa: PERF401 -- keeps what came before an error
    except ModelError as error:
        return events, error
    finally:
        await http.close()
    return events, None


@pytest.mark.parametrize(
    ("step", "posts", "told"),
    [
        (Step(status=400), 1, 0),
        (Step(status=401), 1, 0),
        (Step(status=404), 1, 0),
        (Step(status=429), 1, 0),
        (Step(status=429, headers={"retry-after": "1"}), 3, 2),
        (Step(status=429, headers={"retry-after": "3600"}), 1, 0),
        (Step(status=500), 9, 2),
        (Step(status=503), 9, 2),
        (Step(drop=True), 9, 2),
        (Step(items=[Say("partial")], cut_after=5), 3, 2),
        (Step(end="failed", error={"code": "server_error"}), 3, 2),
        (Step(end="failed", error={"code": "context_length_exceeded"}), 1, 0),
        (Step(body=b"<html>"), 1, 0),
    ],
)
async def test_retry_asks_as_often_as_the_policy_says(step: Step, posts: int, told: int) -> None:
    with MockProvider(*[step] * BAD) as provider:
        events, error = await asked(provider, Waits())
        assert error is not None
        assert len(provider.requests) == posts
        assert sum(isinstance(event, Retrying) for event in events) == told
        assert len({request.body for request in provider.requests}) == 1
        provider.check()


async def test_retry_waits_longer_each_time_and_starts_again_with_the_stream() -> None:
    waits = Waits()
    with MockProvider(*[Step(status=500)] * BAD) as provider:
        events, _ = await asked(provider, waits)
    assert waits.seconds == [0.2, 0.4, 0.2, 0.2, 0.4, 0.4, 0.2, 0.4]
    reason = "unexpected status 500 Internal Server Error"
    assert events == [Retrying(1, 2, 0.2, reason), Retrying(2, 2, 0.4, reason)]


@pytest.mark.parametrize(
    ("step", "seconds"),
    [
        (Step(status=429, headers={"retry-after": "1"}), 1.0),
        (Step(status=429, headers={"retry-after-ms": "250"}), 0.25),
        (
            Step(
                end="failed",
                error={"code": "rate_limit_exceeded", "message": "try again in 1.3s"},
            ),
            1.3,
        ),
    ],
)
async def test_retry_waits_as_long_as_the_provider_asks(step: Step, seconds: float) -> None:
    waits = Waits()
    with MockProvider(step, Step(items=[Say("ok")])) as provider:
        events, error = await asked(provider, waits)
    assert (waits.seconds, error) == ([seconds], None)
    assert isinstance(events[-1], Finished)


async def test_retry_passes_on_events_when_the_second_try_succeeds() -> None:
    broken: Sequence[StreamEvent | ModelError] = [
        *says("half"),
        ModelError("stream_disconnected", "cut", retryable=True),
    ]
    whole = answer(says("whole"))
    client = RetryingClient(
        ScriptedClient([broken, whole]),
        limits=RetryLimits(request_max_retries=0, stream_max_retries=1),
        sleep=Waits(),
        random=lambda: 0.5,
        monotonic=lambda: 0.0,
    )
    events = [event async for event in client.stream(prompt_of())]
    assert events == [*says("half"), Retrying(1, 1, 0.2, "cut"), *whole]


async def test_retry_gives_up_at_once_when_no_try_is_allowed() -> None:
    with MockProvider(*[Step(status=500)] * BAD) as provider:
        events, error = await asked(provider, Waits(), retries=0)
        assert (events, len(provider.requests)) == ([], 1)
    assert (error and error.message) == "unexpected status 500 Internal Server Error"


async def test_retry_jitter_stays_within_a_tenth() -> None:
    found: list[float] = []
    for random in (0.0, 1.0):
        waits = Waits()
        cut = ModelError("stream_disconnected", "cut", retryable=True)
        client = RetryingClient(
            ScriptedClient([[cut], answer()]),
            limits=RetryLimits(request_max_retries=0, stream_max_retries=1),
            sleep=waits,
            random=lambda value=random: value,
            monotonic=waits.monotonic,
        )
        assert len([event async for event in client.stream(prompt_of())]) == 2
        found += waits.seconds
    assert found == [0.18, 0.22]


async def test_retry_gives_up_when_the_total_time_is_over() -> None:
    waits = Waits()
    busy = Step(status=429, headers={"retry-after": "100"})
    with MockProvider(*[busy] * BAD) as provider:
        _, error = await asked(provider, waits, retries=BAD)
    # The seventh wait would end after ten minutes.
    assert waits.seconds == [100.0] * 6
    assert (error and error.kind) == "rate_limit_exceeded"
