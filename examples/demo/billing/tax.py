"""Tax by region. Sales to a business in another region carry none: the buyer declares it."""

from billing.money import percent_of

RATES = {"home": 19, "reduced": 7, "export": 0}


class UnknownRegionError(ValueError):
    """There is no tax rate for that region."""


def tax_on(cents: int, region: str, *, business: bool = False) -> int:
    """Return the tax on a net amount sold to that region."""
    if region not in RATES:
        known = ", ".join(sorted(RATES))
        raise UnknownRegionError(f"no tax rate for {region!r}; known: {known}")
    if business and region != "home":
        return 0
    return percent_of(cents, RATES[region])
