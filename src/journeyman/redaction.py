"""Masks secrets in text that is stored or shown: known values and the shapes keys usually have.

Owns the patterns; callers decide where masking applies (errors, logs, exports). Masking never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

MASK = "[redacted]"

_SHAPES = re.compile(
    r"(sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|(?<=[Bb]earer )[A-Za-z0-9._~+/-]{16,}=*)"
)
# Longer than what makes any of these shapes a key, and than what has to stand before one.
_DECIDED_CHARS = 64
_BEFORE_CHARS = len("Bearer ")
# Shorter values would mask ordinary words.
_MIN_SECRET_CHARS = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with every given secret value and every key-shaped string replaced by a mask."""
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARS:
            text = text.replace(secret, MASK)
    return _SHAPES.sub(MASK, text)


def redact_pieces(pieces: Iterable[str], secrets: Iterable[str] = ()) -> Iterator[str]:
    """What `redact` returns of all the pieces as one text, in other pieces: a secret may lie across their borders.

    Little more than a piece is held, but for a text that looks like one key however long it gets.
    """
    known = [secret for secret in secrets if len(secret) >= _MIN_SECRET_CHARS]
    margin = max([_DECIDED_CHARS, *map(len, known)])
    held = ""
    for piece in pieces:
        held += piece
        cut = _cut_before(held, len(held) - margin, known)
        if cut > 0:
            yield redact(held[:cut], known)
            held = held[cut:]
    yield redact(held, known)


def _cut_before(text: str, cut: int, known: Sequence[str]) -> int:
    """The last place up to `cut` that lies within no secret."""
    spans = [(match.start() - _BEFORE_CHARS, match.end()) for match in _SHAPES.finditer(text)]
    for secret in known:
        start = text.find(secret)
        while start >= 0:
            spans.append((start, start + len(secret)))
            start = text.find(secret, start + 1)
    for start, end in sorted(spans, reverse=True):
        if start < cut < end:
            cut = start
    return cut
