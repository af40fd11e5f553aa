"""An invoice as plain text, amounts in one column."""

from billing.invoice import Invoice
from billing.money import show

WIDTH = 44


def as_text(invoice: Invoice) -> str:
    """Return the invoice as it is printed and mailed."""
    rows = [f"Invoice for {invoice.customer}", "-" * WIDTH]
    rows += [row(f"{line.quantity} x {line.article}", line.net) for line in invoice.lines]
    if invoice.shipping:
        rows.append(row("shipping", invoice.shipping))
    rows += ["-" * WIDTH, row("net", invoice.net), row("tax", invoice.tax)]
    return "\n".join([*rows, row("total", invoice.total)])


def row(label: str, cents: int) -> str:
    """Return one line: the label cut to its column, the amount right-aligned."""
    return f"{label[:30]:<30}{show(cents):>14}"
