"""Edits of subscripts and slices: bounds, ends, order, and subscripts added or taken away."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import SEQUENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Kinds, Scope
    from journeyman.models.repair.engine.source import Edit


def subscripts(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """An existing subscript changed."""
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Slice):
        yield from _slices(node, node.slice, scope)
        return
    value, index = scope.text(node.value, 15), scope.text(node.slice)
    tight = scope.text(node.slice, 11)
    options = [(f"{value}[-1]", 2.2), (f"{value}[0]", 2.2), (f"{value}[-{tight}]", 2.4)]
    options += [(f"{value}[-{tight} - 1]", 2.6), (f"{value}[{index}:]", 2.4)]
    options += [(f"{value}[:{index}]", 2.4)]
    if isinstance(node.ctx, ast.Load):
        options += [(value, 2.4)]
    if isinstance(node.value, ast.Subscript) and not isinstance(node.value.slice, ast.Slice):
        inner, first = scope.text(node.value.value, 15), scope.text(node.value.slice)
        options += [(f"{inner}[{index}][{first}]", 1.5)]
    for text, cost in options:
        yield from scope.put(node, text, "subscript", cost)
    if isinstance(node.ctx, ast.Load) and scope.kinds(node.value) & {"dict", "defaultdict"}:
        for default in ("0", "None", "[]", "''"):
            yield from scope.put(node, f"{value}.get({index}, {default})", "subscript", 2.8)


def _slices(node: ast.Subscript, part: ast.Slice, scope: Scope) -> Iterator[Edit]:
    value = scope.text(node.value, 15)
    lower = scope.text(part.lower) if part.lower else ""
    upper = scope.text(part.upper) if part.upper else ""
    step = f":{scope.text(part.step)}" if part.step else ""
    options: list[tuple[str, str, float]] = []
    if lower:
        options += [("", upper, 2.0), (f"{_sum(part.lower, scope)} + 1", upper, 1.5)]
        options += [(f"{_sum(part.lower, scope)} - 1", upper, 1.7)]
    if upper:
        options += [(lower, "", 2.0), (lower, f"{_sum(part.upper, scope)} + 1", 1.5)]
        options += [(lower, f"{_sum(part.upper, scope)} - 1", 1.7)]
    if not lower:
        options += [("1", upper, 1.8), (upper, "", 1.8)]
        options += [(name, upper, 2.5) for name in scope.variables]
    if not upper:
        options += [(lower, "-1", 1.8), ("", lower, 1.8)]
        options += [(lower, name, 2.5) for name in scope.variables]
    if lower and upper:
        options += [(upper, lower, 2.2)]
    for low, high, cost in options:
        yield from scope.put(node, f"{value}[{low}:{high}{step}]", "slice", cost)
    if step:
        yield from scope.put(node, f"{value}[{lower}:{upper}]", "slice", 2.2)
    else:
        yield from scope.put(node, f"{value}[{lower}:{upper}:-1]", "slice", 2.4)
    for index in (lower, upper):
        if index:
            yield from scope.put(node, f"{value}[{index}]", "slice", 2.4)
    yield from scope.put(node, value, "slice", 2.5)


def _sum(node: ast.expr | None, scope: Scope) -> str:
    return scope.text(node, 10) if node is not None else ""


def added_subscripts(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """An element or a part of a sequence in the place of the whole."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    above, role = scope.source.parent(node), scope.source.role(node)
    if isinstance(above, (ast.Attribute, ast.Expr)) or role == "func":
        return
    if isinstance(above, ast.Subscript) and role == "value":
        return
    kinds = scope.kinds(node)
    text = scope.text(node, 15)
    if kinds & SEQUENCES:
        for part, cost in (("[0]", 2.5), ("[-1]", 2.5), ("[1:]", 2.3), ("[:-1]", 2.3),
                           ("[::-1]", 2.4), ("[1]", 2.7), ("[:]", 2.4)):  # fmt: skip
            yield from scope.put(node, text + part, "missing subscript", cost)
    if kinds & (SEQUENCES | {"dict", "defaultdict", "Counter"}):
        yield from _by_name(node, kinds, scope)


def _by_name(node: ast.expr, kinds: Kinds, scope: Scope) -> Iterator[Edit]:
    text = scope.text(node, 15)
    for name in scope.variables:
        found = scope.kinds_of_name(name)
        keyed = kinds & {"dict", "defaultdict", "Counter"} or found & {"int"}
        if keyed and name != text:
            yield from scope.put(node, f"{text}[{name}]", "missing subscript", 2.6)
            if kinds & SEQUENCES:
                yield from scope.put(node, f"{text}[{name}:]", "missing subscript", 2.7)
                yield from scope.put(node, f"{text}[:{name}]", "missing subscript", 2.8)
