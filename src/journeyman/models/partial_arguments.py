"""Arguments of a Google tool call that stream in: values at paths, strings perhaps in pieces.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (streaming
arguments). A path that cannot be followed costs its value; the tool's schema then shows what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

from journeyman.models.growing_texts import Texts
from journeyman.protocol.foreign_json import MAX_DEPTH

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
# A model writes a list from its beginning; so much may have been lost of it.
_MAX_GAP = 16


class PartialArguments:
    """The arguments as far as they came; a text that grows is joined once, however many its pieces."""

    def __init__(self, given: dict[str, Any]) -> None:
        """Start with what came whole."""
        self._value = dict(given)
        self._growing: str | None = None
        self._pieces: list[str] = []

    def add(self, piece: dict[str, Any]) -> Texts:
        """Take one of `partialArgs`; returns what it adds to an argument that is a text, by its name."""
        path = piece.get("jsonPath")
        steps = list(_steps(path)) if isinstance(path, str) else []
        kind = next((name for name in _VALUES if name in piece), None)
        if not 0 < len(steps) < MAX_DEPTH or kind is None:
            return []
        value = None if kind == "nullValue" else piece[kind]
        if self._growing == path and isinstance(value, str):
            self._pieces.append(value)
        else:
            self._join()
            _put(self._value, steps, value)
            self._pieces = [value] if isinstance(value, str) else []
            self._growing = path
        if not piece.get("willContinue"):
            self._join()
        match steps:
            case [str() as member] if isinstance(value, str):
                return [(member, value)]
            case _:
                return []

    def value(self) -> dict[str, Any]:
        """The arguments."""
        self._join()
        return self._value

    def _join(self) -> None:
        if self._growing is not None and self._pieces:
            _put(self._value, list(_steps(self._growing)), "".join(self._pieces))
        self._growing = None
        self._pieces = []


_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


def _steps(path: str) -> Iterator[str | int]:
    for match in _STEP.finditer(path.removeprefix("$")):
        name, index, single, double = match.groups()
        yield int(index) if index is not None else name or single or double or ""


def _put(root: dict[str, Any], steps: list[str | int], value: object) -> None:
    place: Any = root
    for step, following in pairwise(steps):
        inner: Any = [] if isinstance(following, int) else {}
        if not _reach(place, step, inner):
            return
        place = place[step]
    last = steps[-1]
    if _reach(place, last, ""):
        place[last] = value


def _reach(place: object, step: str | int, empty: object) -> bool:
    """Make sure that `place[step]` is there; whether it can be."""
    if isinstance(place, dict) and isinstance(step, str):
        cast("dict[str, object]", place).setdefault(step, empty)
        return True
    if (
        isinstance(place, list)
        and isinstance(step, int)
        and step < len(cast("list[object]", place)) + _MAX_GAP
    ):
        values = cast("list[object]", place)
        values += [None] * (step + 1 - len(values))
        if values[step] is None:
            values[step] = empty
        return True
    return False
