"""The one error of sign-in: what is wrong, where, and what to do. It never holds a key."""

from __future__ import annotations


class AuthError(Exception):
    """Credentials that cannot be kept or read; the text is one line for a person."""

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        """Keep a clear message."""
        super().__init__(f"{what}, in {where}: {fix}")
