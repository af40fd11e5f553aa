"""The one error of configuration: what is wrong, where it was said, and what to do about it."""

from __future__ import annotations


class ConfigError(Exception):
    """Configuration that cannot be used; the text is one line for a person."""

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        """Keep the three parts of a clear message."""
        super().__init__(f"{what}, in {where}: {fix}")
        self.what = what
        self.where = where
        self.fix = fix
