"""What models cost: list prices of the vendors' own services, text in and out; `price_list` has them.

A price counts for exactly one model at one provider: another provider, another tier or an unknown model has no
price, which is said and never taken for nothing. A long context may be dearer: then all tokens of a request are, as
its input is above a limit. Left out on purpose: batches, caches that are kept for hours, provider-side tools.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from journeyman.models.price_list import DATE, LISTS, LONG, SOURCE, TIERS
from journeyman.models.providers import ON_DEMAND, Provider
from journeyman.protocol.usage import TokenUsage

_MILLION = 1_000_000
_PLAIN_TIERS = frozenset(("auto", "default", "standard"))
# A vendor's names with a date, or for the newest, are of the same price.
_SNAPSHOT = re.compile(r"-(\d{4}-\d\d-\d\d|\d{8}|latest)")
_LOCAL = frozenset(("ollama", "lmstudio", "llamacpp", "vllm"))
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class Rates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """US dollars per million tokens; None for the cached kinds means that they cost what other input does."""

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None


class LongPrice(Rates, frozen=True, kw_only=True, omit_defaults=True):
    """What a request costs whose input has more than `above_tokens`."""

    above_tokens: int


class Price(Rates, frozen=True, kw_only=True, omit_defaults=True):
    """What a model costs; `long` is the price of requests with a long input, where that is another one.

    `tiers` are the service tiers that it has beside the plain one, and how many times as much they cost.
    """

    long: LongPrice | None = None
    tiers: Mapping[str, float] = {}
    source: str = "the configuration"
    date: str = ""

    def of(self, usage: TokenUsage, factor: float = 1.0) -> Price:
        """The one price that counts for a request with this usage, `factor` times the plain one."""
        is_long = self.long is not None and usage.input_tokens > self.long.above_tokens
        rates = self.long if self.long is not None and is_long else self
        cached, written = rates.cached_input, rates.cache_write
        return Price(
            input=rates.input * factor,
            output=rates.output * factor,
            cached_input=None if cached is None else cached * factor,
            cache_write=None if written is None else written * factor,
            source=self.source,
            date=self.date,
        )

    def factor(self, *, asked: str | None, served: str | None) -> float | None:
        """How many times the plain price a request costs, by the tier it asked for and was served in.

        None where it asked for a tier whose price is not known; a word that nobody asked for means nothing.
        """
        tier = served or asked
        is_free = self.input == self.output == 0
        if tier is None or tier in _PLAIN_TIERS or is_free:
            return 1.0
        return self.tiers.get(tier) or (None if tier == asked else 1.0)

    def cost_usd(self, usage: TokenUsage) -> float:
        """What the tokens of one request cost, in US dollars."""
        if self.long is not None:
            return self.of(usage).cost_usd(usage)
        cached, written = usage.cached_input_tokens, usage.cache_write_input_tokens
        plain = max(0, usage.input_tokens - cached - written)
        dollars = (
            plain * self.input
            + cached * (self.input if self.cached_input is None else self.cached_input)
            + written * (self.input if self.cache_write is None else self.cache_write)
            + usage.output_tokens * self.output
        )
        return dollars / _MILLION


FREE = Price(input=0, output=0, source="it runs on this machine")


def _listed(
    price: tuple[float, ...], long: tuple[float, ...] | None, tiers: Mapping[str, float]
) -> Price:
    above = LongPrice(above_tokens=int(long[0]), **_kinds(*long[1:])) if long else None
    return Price(**_kinds(*price), long=above, tiers=tiers, source=SOURCE, date=DATE)


def _kinds(sent: float, cached: float, got: float, written: float | None = None) -> dict[str, Any]:
    return {"input": sent, "cached_input": cached, "output": got, "cache_write": written}


def price_of(provider: Provider, model: str) -> Price | None:
    """The price of a model at a provider; None where it is not known.

    A model server on this machine is free; so are the offline provider and the local model.
    """
    is_here = urlsplit(provider.base_url).hostname in _LOOPBACK
    is_ours = provider.wire_api == "offline" or provider.base_url == ON_DEMAND
    if is_ours or (provider.id in _LOCAL and is_here):
        return FREE
    prices = LISTS.get(provider.id, {})
    name = model if model in prices else _SNAPSHOT.sub("", model)
    if name not in prices:
        return None
    long = LONG.get(provider.id, {}).get(name)
    tiers = {tier: by[name] for tier, by in TIERS.get(provider.id, {}).items() if name in by}
    return _listed(prices[name], long, tiers)
