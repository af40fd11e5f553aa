"""Masks secrets in text that is stored or shown: known values and the shapes keys usually have.

Owns the patterns; callers decide where masking applies (errors, logs, exports). Masking never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "[redacted]"

_SHAPES = re.compile(
    r"(sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|(?<=[Bb]earer )[A-Za-z0-9._~+/-]{16,}=*)"
)
# Shorter values would mask ordinary words.
_MIN_SECRET_CHARS = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with every given secret value and every key-shaped string replaced by a mask."""
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARS:
            text = text.replace(secret, MASK)
    return _SHAPES.sub(MASK, text)
