"""All that is kept of long outputs, in an export: read in pieces, masked as in one, when the text around it is written.

Until then a text that nobody can guess stands for each, so that every format is made as ever and nothing long is held.
"""

from __future__ import annotations

import html
import json
import re
import secrets as randomness
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from journeyman.redaction import redact_pieces
from journeyman.store.errors import cannot
from journeyman.visible_text import visible

_PIECE_CHARS = 1 << 20
_TICKS = re.compile("`+")
# The pieces of an output as a format writes them.
Written = Callable[[Iterable[str]], Iterator[str]]


class LongOutputs:
    """The outputs of one export."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Mask these values, and whatever looks like a key."""
        self._secrets = secrets
        self._paths: list[Path] = []
        self._name = f"[output {randomness.token_hex(16)} "
        self._pattern = re.compile(re.escape(self._name) + r"(\d+)`*\]")

    def stand_in(self, path: Path) -> str:
        """What stands for the output in this file: no format escapes it, and a fence around it fits the output too."""
        longest = 0
        for piece in _read(path):
            # A run across two pieces is shorter than the sum of both.
            runs = [len(run) for run in _TICKS.findall(piece)]
            longest = max(longest, 2 * max(runs, default=0))
        self._paths.append(path)
        return f"{self._name}{len(self._paths) - 1}{'`' * longest}]"

    def filled_in(self, pieces: Iterable[str], written: Written) -> Iterator[str]:
        """The pieces of an export with the outputs in their places; raises `StoreError`."""
        for piece in pieces:
            for number, part in enumerate(self._pattern.split(piece)):
                if number % 2:
                    yield from written(redact_pieces(_read(self._paths[int(part)]), self._secrets))
                else:
                    yield part


def as_text(pieces: Iterable[str]) -> Iterator[str]:
    """With control characters as marks, and nothing empty at the end."""
    held: list[str] = []
    for piece in pieces:
        said = piece.rstrip()
        if said:
            yield visible("".join([*held, said]))
            held.clear()
        held.append(piece[len(said) :])


def as_html(pieces: Iterable[str]) -> Iterator[str]:
    """As text in a page."""
    return map(html.escape, as_text(pieces))


def as_json(pieces: Iterable[str]) -> Iterator[str]:
    """As a part of a JSON string."""
    return (json.dumps(piece)[1:-1] for piece in pieces)


def _read(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            while piece := file.read(_PIECE_CHARS):
                yield piece
    except OSError as error:
        raise cannot("read", path, error) from error
