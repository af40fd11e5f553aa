"""Colours of the transcript, or none: the one place that writes escape sequences to a terminal."""

from __future__ import annotations

import msgspec


class Style(msgspec.Struct, frozen=True):
    """Wraps text in a colour when `colour` is on; the text must already be safe to print."""

    colour: bool

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def heading(self, text: str) -> str:
        """Who speaks or what begins."""
        return self._wrap("1", text)

    def quiet(self, text: str) -> str:
        """Less important text."""
        return self._wrap("2", text)

    def good(self, text: str) -> str:
        """Success, and added lines."""
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        """Failure, and removed lines."""
        return self._wrap("31", text)

    def notable(self, text: str) -> str:
        """Warnings, and places in a file."""
        return self._wrap("33", text)
