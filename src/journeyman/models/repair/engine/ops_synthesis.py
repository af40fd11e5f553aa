"""Edits that put small new expressions together: sums, bounds, conditions, recursive arguments."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import NUMBERS, UNKNOWN
from journeyman.models.repair.engine.terms import numbers, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit


def _is_value(node: ast.AST, scope: Scope) -> bool:
    if not isinstance(node, ast.expr) or isinstance(node, (ast.Starred, ast.Slice, ast.JoinedStr)):
        return False
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    above, role = scope.source.parent(node), scope.source.role(node)
    if isinstance(above, (ast.Attribute, ast.Expr, ast.JoinedStr, ast.FormattedValue)):
        return False
    return role not in {"func", "annotation", "returns", "decorator_list"} and above is not None


def added_terms(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A number plus, minus, or bounded by another one in scope."""
    if not _is_value(node, scope) or isinstance(node, (ast.Compare, ast.BoolOp)):
        return
    kinds = scope.kinds(node)
    if kinds and not kinds & NUMBERS:
        return
    extra = 0.0 if kinds else 0.5
    if isinstance(scope.source.parent(node), ast.BinOp):
        extra += 0.15  # a bound or a modulo is usually meant for the whole
    own, tight, whole = scope.text(node, 10), scope.text(node, 11), scope.text(node)
    for term in numbers(scope):
        if term == whole:
            continue
        yield from scope.put(node, f"{own} + {term}", "missing term", 2.6 + extra)
        yield from scope.put(node, f"{own} - {term}", "missing term", 2.6 + extra)
        yield from scope.put(node, f"{tight} * {term}", "missing factor", 2.9 + extra)
        yield from scope.put(node, f"{tight} % {term}", "missing modulo", 2.9 + extra)
        yield from scope.put(node, f"{term} - {own}", "missing term", 2.8 + extra)
        yield from scope.put(node, f"max({whole}, {term})", "missing bound", 2.7 + extra)
        yield from scope.put(node, f"min({whole}, {term})", "missing bound", 2.7 + extra)
    yield from scope.put(node, f"1 - {tight}", "missing term", 2.5 + extra)
    for bound in ("0", "1"):
        yield from scope.put(node, f"max({whole}, {bound})", "missing bound", 2.8 + extra)
    if isinstance(node, ast.Constant):
        return  # another constant says that more plainly
    yield from scope.put(node, f"{scope.text(node, 14)} ** 2", "missing factor", 2.8 + extra)
    for factor in ("* 2", "// 2", "% 2", "* -1"):
        yield from scope.put(node, f"{tight} {factor}", "missing factor", 2.8 + extra)


def new_numbers(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A number replaced by one made of two names, or of a name and a small constant."""
    if not _is_value(node, scope) or isinstance(node, (ast.Compare, ast.BoolOp)):
        return
    if not scope.kinds(node) & NUMBERS:
        return
    terms = numbers(scope)
    texts = [(term, 2.5) for term in terms]
    for term in terms:
        texts += [(f"{term} {sign} 1", 2.9) for sign in "+-"]
        for other in terms:
            signs = ("+", "*") if term < other else ("-", "//", "%")
            texts += [(f"{term} {sign} {other}", 3.4) for sign in signs if term != other]
    for text, cost in texts:
        yield from scope.put(node, text, "new expression", cost)


def added_elements(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A sequence with something added: joined with another, or with one more element."""
    if not _is_value(node, scope):
        return
    kinds = scope.kinds(node)
    if "list" in kinds:
        yield from _longer_lists(node, scope)
    if "str" in kinds and not isinstance(node, ast.Constant):
        yield from _longer_texts(node, scope)
    if kinds & {"set"}:
        text = scope.text(node, 10)
        for name in values(scope):
            if scope.kinds_of_name(name) & {"set"}:
                yield from scope.put(node, f"{text} | {name}", "missing part", 2.7)
                yield from scope.put(node, f"{text} - {name}", "missing part", 2.7)


def _longer_lists(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    text = scope.text(node, 10)
    for name in values(scope):
        found = scope.kinds_of_name(name)
        if found & {"list"} or not found:
            yield from scope.put(node, f"{text} + {name}", "missing part", 2.7)
            yield from scope.put(node, f"{name} + {text}", "missing part", 2.8)
        if scope.alike(found, scope.kinds_of_name(text + "[]")) or found == UNKNOWN:
            yield from scope.put(node, f"{text} + [{name}]", "missing part", 2.7)
            yield from scope.put(node, f"[{name}] + {text}", "missing part", 2.7)


def _longer_texts(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    text = scope.text(node, 10)
    for other in [*values(scope), *scope.strings[:8]]:
        if other[:1] in "'\"" or scope.kinds_of_name(other) & {"str"}:
            yield from scope.put(node, f"{text} + {other}", "missing part", 2.8)
            yield from scope.put(node, f"{other} + {text}", "missing part", 2.8)


def kept_bounds(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """What is assigned bounded by what was there before."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return
    target, value = scope.text(node.targets[0]), scope.text(node.value)
    if isinstance(node.targets[0], ast.Tuple) or isinstance(node.value, (ast.List, ast.Dict)):
        return
    for name in ("max", "min"):
        yield from scope.put(node.value, f"{name}({target}, {value})", "missing bound", 2.2)


def donors(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another expression of the same function in the place of a value."""
    if not _is_value(node, scope) or isinstance(node, (ast.Compare, ast.BoolOp)):
        return
    if scope.function is None:
        return
    kinds, own = scope.kinds(node), scope.text(node)
    for text, found in scope.expressions:
        if text != own and scope.alike(kinds, found):
            known = bool(kinds & found)
            yield from scope.put(node, text, "other expression", 2.3 if known else 2.7)


def alternatives(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """`value or other`, and a recursive call with another argument list."""
    if not _is_value(node, scope) or isinstance(node, (ast.Compare, ast.BoolOp, ast.Constant)):
        return
    if isinstance(node, ast.Name) and scope.kinds(node) & NUMBERS:
        return
    for other in ("[]", "0", "''", "None"):
        yield from scope.put(node, f"{scope.text(node, 2)} or {other}", "missing default", 3.2)
    for name in scope.variables:
        if scope.alike(scope.kinds(node), scope.kinds_of_name(name)) and name != scope.text(node):
            new = f"{scope.text(node, 2)} or {name}"
            yield from scope.put(node, new, "missing default", 3.3)
    if scope.function and isinstance(node, (ast.Name, ast.Subscript)):
        least = scope.functions.get(scope.function.name, (0, 0))[0]
        if least == 2:
            for name in values(scope):
                call = f"{scope.function.name}({scope.text(node)}, {name})"
                yield from scope.put(node, call, "missing call", 3.0)
                call = f"{scope.function.name}({name}, {scope.text(node)})"
                yield from scope.put(node, call, "missing call", 3.0)
