from shop.money import to_cents


def line_tax(net, quantity, rate):
    """Tax on a whole line of an invoice; rate in percent."""
    return to_cents(net * rate / 100)
