"""What tokens cost: by kind, and dearer as a whole where the input is long."""

from __future__ import annotations

import pytest

from journeyman.models.prices import LongPrice, Price, price_of
from journeyman.models.profiles import profile_for
from journeyman.models.providers import BUILT_IN
from journeyman.protocol.usage import TokenUsage

LONG = LongPrice(above_tokens=1_000, input=4, cached_input=0.4, output=15)
PRICE = Price(input=2, cached_input=0.2, cache_write=2.5, output=10, long=LONG, source="me")


def usage(**tokens: int) -> TokenUsage:
    return TokenUsage(**{f"{kind}_tokens": count for kind, count in tokens.items()})


@pytest.mark.parametrize(
    ("used", "dollars_per_million"),
    [
        (usage(input=1_000, cached_input=600, cache_write_input=100, output=10), 600 + 120 + 250 + 100),
        (usage(input=1_001, cached_input=601, output=10), 400 * 4 + 601 * 0.4 + 150),
        # What is not said of the long kinds costs what long input does.
        (usage(input=2_000, cache_write_input=2_000), 2_000 * 4),
    ],
)  # fmt: skip
def test_price_of_a_long_input_counts_for_all_tokens_of_the_request(
    used: TokenUsage, dollars_per_million: float
) -> None:
    assert PRICE.cost_usd(used) == pytest.approx(dollars_per_million / 1_000_000)
    assert PRICE.of(used).cost_usd(used) == PRICE.cost_usd(used)
    assert PRICE.of(used).long is None
    assert PRICE.of(used).source == "me"


@pytest.mark.parametrize(
    ("asked", "served", "factor"),
    [
        (None, None, 1),
        (None, "default", 1),
        ("flex", None, 0.5),
        ("flex", "flex", 0.5),
        # There was no room in it.
        ("flex", "default", 1),
        (None, "priority", 2),
        ("scale", None, None),
        ("scale", "scale", None),
        # Some servers say anything.
        (None, "on_demand", 1),
    ],
)
def test_service_tier_counts_as_it_was_served_and_is_unknown_where_it_is_not_listed(
    asked: str | None, served: str | None, factor: float | None
) -> None:
    price = Price(input=2, output=10, tiers={"flex": 0.5, "priority": 2})
    assert price.factor(asked=asked, served=served) == factor
    assert Price(input=0, output=0).factor(asked=asked, served=served) == 1


def test_tier_makes_all_kinds_dearer_also_of_a_long_input() -> None:
    used = usage(input=2_000, cached_input=1_000, output=10)
    assert PRICE.of(used, 0.5).cost_usd(used) == PRICE.cost_usd(used) / 2
    listed = price_of(BUILT_IN["openai"], "gpt-5.5")
    assert listed is not None
    assert dict(listed.tiers) == {"flex": 0.5, "priority": 2.5}


def test_listed_price_has_its_long_one_by_every_name_of_the_model() -> None:
    openai, google = BUILT_IN["openai"], BUILT_IN["google"]
    price = price_of(openai, "gpt-5.5-2026-04-23")
    assert price == price_of(openai, "gpt-5.5")
    assert price is not None
    assert price.long == LongPrice(above_tokens=272_000, input=10, cached_input=1, output=45)
    assert price_of(openai, "gpt-5.2") is not None
    assert getattr(price_of(openai, "gpt-5.2"), "long", None) is None
    assert price_of(google, "gpt-5.5") is None


@pytest.mark.parametrize(
    ("model", "windows"),
    [
        ("gpt-5.2", (400_000, 272_000)),
        ("gpt-5.3-codex-spark", (128_000, 128_000)),
        ("gpt-5.4-mini", (400_000, 272_000)),
        ("gpt-5.5", (1_050_000, 272_000)),
        ("gpt-6-sol", (1_050_000, 272_000)),
        ("claude-sonnet-5", (1_000_000, 1_000_000)),
    ],
)
def test_working_window_is_what_is_filled_before_it_is_refused_or_dearer(
    model: str, windows: tuple[int, int]
) -> None:
    profile = profile_for(model)
    assert (profile.context_window, profile.window) == windows
