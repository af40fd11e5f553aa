"""Amounts in whole cents, so that no rounding is ever hidden in a float."""


def percent_of(cents: int, percent: int) -> int:
    """Return that share of an amount, half a cent rounded away from zero."""
    share = abs(cents) * percent
    whole, rest = divmod(share, 100)
    if rest >= 50:
        whole += 1
    return whole if cents >= 0 else -whole


def show(cents: int) -> str:
    """Return an amount as people write it: 1,234.50"""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros:,}.{rest:02d}"
