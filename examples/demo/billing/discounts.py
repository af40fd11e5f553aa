"""Discounts by quantity: the more of one article, the cheaper each."""

from typing import NamedTuple


class Tier(NamedTuple):
    """From this many pieces on, this many percent off."""

    from_quantity: int
    percent: int


TIERS = (Tier(10, 5), Tier(50, 12), Tier(100, 20))


def best_tier(quantity: int, tiers: tuple[Tier, ...] = TIERS) -> Tier | None:
    """Return the tier with the highest discount that the quantity reaches."""
    reached = [tier for tier in tiers if quantity > tier.from_quantity]
    return max(reached, key=lambda tier: tier.percent, default=None)


def discount_percent(quantity: int) -> int:
    """Return the discount for that many pieces of one article."""
    tier = best_tier(quantity)
    return tier.percent if tier else 0
