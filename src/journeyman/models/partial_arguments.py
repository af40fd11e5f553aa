"""Arguments of a Google tool call that stream in: values at paths, strings perhaps in pieces.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (streaming
arguments). A path that cannot be followed costs its value; the tool's schema then shows what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
# An index beyond this is no list that a model wrote.
_MAX_INDEX = 10_000


class PartialArguments:
    """The arguments as far as they came."""

    def __init__(self, given: dict[str, Any]) -> None:
        """Start with what came whole."""
        self.value = dict(given)
        self._growing: str | None = None

    def add(self, piece: dict[str, Any]) -> None:
        """Take one of `partialArgs`."""
        path = piece.get("jsonPath")
        steps = list(_steps(path)) if isinstance(path, str) else []
        if not steps:
            return
        kind = next((name for name in _VALUES if name in piece), None)
        if kind is None:
            return
        value = None if kind == "nullValue" else piece[kind]
        more = self._growing == path and isinstance(value, str)
        _put(self.value, steps, value, append=more)
        self._growing = path if piece.get("willContinue") else None


_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


def _steps(path: str) -> Iterator[str | int]:
    for match in _STEP.finditer(path.removeprefix("$")):
        name, index, single, double = match.groups()
        yield int(index) if index is not None else name or single or double or ""


def _put(root: dict[str, Any], steps: list[str | int], value: object, *, append: bool) -> None:
    place: Any = root
    for step, following in pairwise(steps):
        inner: Any = [] if isinstance(following, int) else {}
        if not _reach(place, step, inner):
            return
        place = place[step]
    last = steps[-1]
    if not _reach(place, last, ""):
        return
    place[last] = place[last] + value if append and isinstance(place[last], str) else value


def _reach(place: object, step: str | int, empty: object) -> bool:
    """Make sure that `place[step]` is there; whether it can be."""
    if isinstance(place, dict) and isinstance(step, str):
        cast("dict[str, object]", place).setdefault(step, empty)
        return True
    if isinstance(place, list) and isinstance(step, int) and step < _MAX_INDEX:
        values = cast("list[object]", place)
        values += [None] * (step + 1 - len(values))
        if values[step] is None:
            values[step] = empty
        return True
    return False
