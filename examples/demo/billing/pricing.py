"""What one line of an order costs."""

from billing.discounts import discount_percent
from billing.money import percent_of


def line_total(unit_cents: int, quantity: int) -> int:
    """Return the net price of that many pieces, quantity discount taken off."""
    if quantity < 0:
        raise ValueError(f"quantity must not be negative: {quantity}")
    gross = unit_cents * quantity
    return gross - percent_of(gross, discount_percent(quantity))
