"""Values as texts that are equal when the values are, without addresses and without surprises."""

from __future__ import annotations

import types
from typing import Any

_ITEMS = 60
_PLAIN = (int, bool, str, bytes, complex, type(None))


def is_a(value: Any, *kinds: type) -> bool:
    """`isinstance` that leaves the value's static type open: values of a tested program."""
    return isinstance(value, kinds)


def describe(value: Any, depth: int = 6) -> str:
    """A bounded description of a value."""
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, _PLAIN):
        return repr(value)[:400]
    if depth <= 0:
        return "..."
    if is_a(value, list, tuple, set, frozenset, dict):
        return _describe_container(value, depth)
    return _describe_other(value, depth)


def _describe_container(value: Any, depth: int) -> str:
    if is_a(value, list, tuple):
        return f"{type(value).__name__}({_join(list(value), depth)})"
    if is_a(value, dict):
        pairs = [f"{describe(k, depth - 1)}:{describe(v, depth - 1)}" for k, v in value.items()]
        return "dict(" + ",".join(sorted(pairs)[:_ITEMS]) + ")"
    return "set(" + ",".join(sorted(describe(item, depth - 1) for item in value)) + ")"


def _describe_other(value: Any, depth: int) -> str:
    if isinstance(value, (types.FunctionType, type)):
        return value.__name__
    own: Any = getattr(value, "__dict__", None)
    if is_a(own, dict):
        parts = [f"{name}={describe(part, depth - 2)}" for name, part in sorted(own.items())]
        return f"{type(value).__name__}<{','.join(parts)}>"
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text[:400]


def _join(items: list[Any], depth: int) -> str:
    shown = [describe(item, depth - 1) for item in items[:_ITEMS]]
    return ",".join(shown) + (f",+{len(items) - _ITEMS}" if len(items) > _ITEMS else "")
