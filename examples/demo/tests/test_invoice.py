import pytest

from billing import Invoice, as_text


@pytest.fixture
def invoice():
    return Invoice("Ada Lovelace")


def test_empty_invoice_costs_nothing(invoice):
    assert invoice.total == 0


def test_small_order_pays_shipping(invoice):
    invoice.add("pencil", 1_00, 3)
    assert (invoice.goods, invoice.shipping, invoice.net) == (3_00, 4_90, 7_90)


def test_large_order_ships_free(invoice):
    invoice.add("desk", 250_00)
    assert (invoice.shipping, invoice.total) == (0, 297_50)


def test_no_discount_for_a_few(invoice):
    invoice.add("notebook", 3_00, 9)
    assert invoice.goods == 27_00


def test_ten_pieces_get_the_first_discount(invoice):
    invoice.add("notebook", 3_00, 10)
    assert invoice.goods == 28_50


def test_more_pieces_get_more_off(invoice):
    invoice.add("notebook", 3_00, 60)
    assert invoice.goods == 158_40


def test_a_hundred_pieces_get_the_best_discount(invoice):
    invoice.add("notebook", 3_00, 100)
    assert invoice.goods == 240_00


def test_quantity_must_not_be_negative(invoice):
    invoice.add("notebook", 3_00, -1)
    with pytest.raises(ValueError, match="-1"):
        _ = invoice.goods


def test_printed_invoice_shows_the_discounted_line(invoice):
    invoice.add("notebook", 3_00, 50)
    invoice.add("desk", 250_00)
    assert as_text(invoice).splitlines() == [
        "Invoice for Ada Lovelace",
        "--------------------------------------------",
        "50 x notebook                         132.00",
        "1 x desk                              250.00",
        "--------------------------------------------",
        "net                                   382.00",
        "tax                                    72.58",
        "total                                 454.58",
    ]
