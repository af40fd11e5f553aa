"""The error that ends a command with exit code 1 and one line for a person."""

from __future__ import annotations


class CommandError(Exception):
    """A command that cannot go on; the text says what, where, and what to do."""
