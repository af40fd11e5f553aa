"""JSON that others wrote, read so that nothing they write can harm the reader.

Everything that walks a decoded value recursively, ours or a library's, relies on `MAX_DEPTH`.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, cast

import msgspec

# Real answers and arguments stay below twenty; walkers need a few frames a level, of a thousand in all.
MAX_DEPTH = 100
# A value takes up to fifty times the memory of its text; so many may take a few hundred megabytes.
_MAX_VALUES = 2_000_000


def read_json(text: str | bytes) -> Any:
    """The value that a text holds.

    Raises:
        msgspec.DecodeError: it is no JSON, nested deeper than `MAX_DEPTH`, or more values than anyone means to send.
    """
    containers = _bounded_containers(text)
    try:
        value = msgspec.json.decode(text)
    except (RecursionError, UnicodeError) as error:
        raise msgspec.DecodeError(str(error)) from None
    if containers > MAX_DEPTH and _is_too_deep(value):
        raise msgspec.DecodeError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def read_sloppy_json(text: str) -> Any:
    """The same of a text whose writer may have let slip in what JSON does not know.

    NaN, Infinity and numbers out of range become null, halves of surrogate pairs a question mark; control characters
    in strings stay.

    Raises:
        msgspec.DecodeError: it cannot be read even so.
    """
    # Before any reader, of which the second takes most.
    _bounded_containers(text)
    try:
        return read_json(text)
    except msgspec.DecodeError as error:
        first = error
    try:
        loose = json.loads(text, strict=False, parse_constant=lambda _: None, parse_float=_finite)
        return read_json(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise first from None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if isfinite(number) else None


def _bounded_containers(text: str | bytes) -> int:
    """How many objects and lists there are at most; raises `msgspec.DecodeError` where there are too many values."""
    containers = _count(text, "{") + _count(text, "[")
    if containers + _count(text, ",") > _MAX_VALUES:
        raise msgspec.DecodeError(f"more than {_MAX_VALUES} values")
    return containers


def _count(text: str | bytes, mark: str) -> int:
    return text.count(mark.encode()) if isinstance(text, bytes) else text.count(mark)


def _is_too_deep(value: Any) -> bool:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [inner for outer in level for inner in _members(outer) if _is_container(inner)]
    return depth > MAX_DEPTH


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else []


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list)


def record(value: object) -> dict[str, Any]:
    """The object itself; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
