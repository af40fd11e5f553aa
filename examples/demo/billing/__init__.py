"""Turns orders into invoices."""

from billing.invoice import Invoice, Line
from billing.render import as_text

__all__ = ["Invoice", "Line", "as_text"]
