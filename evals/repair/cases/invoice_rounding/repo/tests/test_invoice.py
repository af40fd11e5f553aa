from decimal import Decimal


def test_single(invoice):
    assert invoice.total == Decimal("1.25")


def test_quantity(invoice):
    invoice.add("cup", Decimal("2.49"), 7, Decimal(7))
    assert invoice.total == Decimal("19.90")


def test_no_tax(invoice):
    invoice.add("gift", Decimal("5.00"), 3, Decimal(0))
    assert invoice.total == Decimal("16.25")
