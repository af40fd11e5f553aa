"""The alert when a provider's cache of the prompt is lost."""

from __future__ import annotations

import pytest

from journeyman.core.cache_watch import CacheWatch
from journeyman.models.prices import Price
from journeyman.protocol.usage import TokenUsage

PRICE = Price(input=5, cached_input=0.5, output=30)


def used(sent: int, cached: int) -> TokenUsage:
    return TokenUsage(input_tokens=sent, cached_input_tokens=cached)


def test_lost_cache_is_told_once_with_what_it_costs() -> None:
    watch = CacheWatch()
    told = [
        watch.see("p/m", used(sent, cached), PRICE, at)
        for at, (sent, cached) in enumerate(
            [(50_000, 0), (51_000, 50_000), (52_000, 0), (53_000, 0)]
        )
    ]
    assert told[:2] == [None, None]
    assert told[2] == (
        "The cached prompt is lost: 50,000 tokens were read anew, for about $0.2250 more "
        "(the provider dropped it, or the beginning of the prompt changed)."
    )
    assert told[3] is None


@pytest.mark.parametrize(
    ("served", "later", "why"),
    [
        ("q/m", 1.0, "q/m answered instead of p/m"),
        ("p/m", 900.0, "the last request is long ago"),
    ],
)
def test_likely_reason_is_named(served: str, later: float, why: str) -> None:
    watch = CacheWatch()
    watch.see("p/m", used(50_000, 45_000), None, 0.0)
    warning = watch.see(served, used(51_000, 100), None, later)
    assert warning is not None
    assert "at a price that is not known" in warning
    assert why in warning


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((50_000, 45_000), (10_000, 0)),  # compacted
        ((50_000, 1_000), (51_000, 0)),  # too little to matter
        ((50_000, 45_000), (51_000, 20_000)),  # a part is still there
    ],
)
def test_what_is_no_loss_is_not_told(before: tuple[int, int], after: tuple[int, int]) -> None:
    watch = CacheWatch()
    watch.see("p/m", used(*before), PRICE, 0.0)
    assert watch.see("p/m", used(*after), PRICE, 1.0) is None
