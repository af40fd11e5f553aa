from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from shop.invoice import Invoice


def half_up(value):
    return int(value + Fraction(1, 2))


def test_in_whole_cents():
    for cents in (1, 9, 105, 249, 333, 1999):
        for quantity in (0, 1, 2, 7, 40):
            for rate in (0, 7, 19, 20):
                invoice = Invoice().add("x", Decimal(cents) / 100, quantity, Decimal(rate))
                net = cents * quantity
                expected = net + half_up(Fraction(net * rate, 100))
                assert invoice.total == Decimal(expected) / 100
