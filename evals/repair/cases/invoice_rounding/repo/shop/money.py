from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount):
    """Round to whole cents, half a cent away from zero."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)
