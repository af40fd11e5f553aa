"""Edits by one: constants and numbers off by one, other constants, other literals."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit


def constants(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another constant in the place of one."""
    if not isinstance(node, ast.Constant) or isinstance(scope.source.parent(node), ast.Expr):
        return
    value = node.value
    if isinstance(value, bool):
        yield from scope.put(node, str(not value), "constant", 1.3)
        yield from scope.put(node, "None", "constant", 2.8)
    elif isinstance(value, (int, float)):
        yield from _numbers(node, value, scope)
    elif isinstance(value, str) and not isinstance(scope.source.parent(node), ast.JoinedStr):
        yield from _strings(node, value, scope)
    elif value is None:
        for text, cost in (("0", 2.2), ("[]", 2.2), ("False", 2.2), ("True", 2.6), ("''", 2.4),
                           ("{}", 2.4), ("1", 2.8), ("-1", 2.6), ("set()", 2.8)):  # fmt: skip
            yield from scope.put(node, text, "constant", cost)


def _numbers(node: ast.Constant, value: float, scope: Scope) -> Iterator[Edit]:
    small = {0: [(1, 1.2), (-1, 1.6), (2, 2.4)], 1: [(0, 1.2), (2, 1.4), (-1, 1.7)],
             2: [(1, 1.3), (3, 1.8), (0, 2.0)]}  # fmt: skip
    options: list[tuple[float, float]] = []
    if isinstance(value, int):
        if isinstance(scope.source.parent(node), ast.BinOp):
            # `+ 0` is written as nothing, and `+ 2` is seldom meant where `+ 1` stands
            small |= {1: [(0, 2.4), (2, 2.0), (-1, 2.2)]}
        options += small.get(value, [(value + 1, 1.5), (value - 1, 1.5), (0, 2.6), (1, 2.6)])
        options += [(other, 2.2) for other in scope.integers]
    tenfold = 2.4 if value in {10, 100, 1000} else 3.0
    options += [(value * 2, 2.8), (value * 10, tenfold), (value / 2, 2.9), (value / 10, tenfold)]
    for other, cost in options:
        number = int(other) if float(other).is_integer() and isinstance(value, int) else other
        if number != value and (isinstance(number, int) or not isinstance(value, int)):
            yield from scope.put(node, repr(number), "constant", cost)
    if isinstance(scope.source.parent(node), ast.Assign):
        for name in scope.parameters:
            if scope.kinds_of_name(name) & {"list", "tuple", "str"}:
                yield from scope.put(node, f"{name}[0]", "constant", 2.1)
    if value == 0:
        for text, cost in (("[]", 3.0), ("None", 2.8), ("float('inf')", 2.4),
                           ("float('-inf')", 2.2), ("''", 3.2), ("0.0", 3.0)):  # fmt: skip
            yield from scope.put(node, text, "constant", cost)


# What a count of letters, hours, bytes and the like often is.
_USUAL = (7, 12, 24, 26, 60, 100, 255, 256, 365, 1000, 1024, 3600)


def rare_constants(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A constant that stands nowhere near: another order of magnitude, one that texts mention."""
    if not isinstance(node, ast.Constant) or isinstance(scope.source.parent(node), ast.Expr):
        return
    value = node.value
    if isinstance(value, str) and not isinstance(scope.source.parent(node), ast.JoinedStr):
        for text in scope.noted_strings:
            if text != value:
                yield from scope.put(node, repr(text), "string", 2.9)
    if not isinstance(value, int) or isinstance(value, bool):
        return
    options = [(other, 2.6) for other in scope.noted_integers]
    options += [(value + 2, 2.9), (value - 2, 2.9), (value // 10, 3.2), (-value, 2.9)]
    options += [(10**power, 3.2) for power in range(1, 7)]
    options += [(2**power, 3.3) for power in range(2, 11)] + [(other, 3.3) for other in _USUAL]
    near = 0.5 if abs(value) < 3 else 0.0
    for other, cost in options:
        if other != value:
            yield from scope.put(node, repr(other), "constant", cost + near)


def _strings(node: ast.Constant, value: str, scope: Scope) -> Iterator[Edit]:
    own = scope.source.segment(node)
    quote = own[-1:] if own[-1:] in "'\"" else "'"
    options = [value.lower(), value.upper(), value.strip(), value + " ", " " + value]
    options += ["" if value else " ", value[:-1], value[1:], value.capitalize()]
    if value == "":
        options += [","]
    for other in scope.strings:
        if other != own:
            yield from scope.put(node, other, "string", 2.1)
    for text in options:
        if text != value and text.isprintable() and quote not in text and "\\" not in text:
            yield from scope.put(node, f"{quote}{text}{quote}", "string", 2.8)


def off_by_one(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A number plus or minus one."""
    if not isinstance(node, ast.expr) or isinstance(node, (ast.Constant, ast.Starred)):
        return
    if isinstance(node, (ast.Compare, ast.BoolOp, ast.List, ast.Dict, ast.Tuple, ast.JoinedStr)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    kinds = scope.kinds(node)
    if kinds and not kinds & {"int", "float"}:
        return
    place = _place_cost(node, scope)
    if place is None or (not kinds and place > 1.4):
        return
    if _adds_constant(node) or _adds_constant(scope.source.parent(node)):
        return  # nobody writes `x + 1 + 1`; another constant says it
    text = scope.text(node, 10)
    yield from scope.put(node, f"{text} + 1", "off by one", place)
    yield from scope.put(node, f"{text} - 1", "off by one", place)


def _adds_constant(node: ast.AST | None) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Add, ast.Sub)):
        return False
    return isinstance(node.right, ast.Constant)


def _place_cost(node: ast.expr, scope: Scope) -> float | None:
    """How usual an off-by-one error is in this place; None where one makes no sense."""
    above, role = scope.source.parent(node), scope.source.role(node)
    if isinstance(above, ast.Call) and role == "args":
        name = above.func.id if isinstance(above.func, ast.Name) else ""
        return 1.1 if name == "range" else 1.6
    if isinstance(above, ast.Slice) or (isinstance(above, ast.Subscript) and role == "slice"):
        return 1.4
    if isinstance(above, (ast.Return, ast.Assign, ast.Yield, ast.AugAssign)) and role == "value":
        return 1.6
    if isinstance(above, ast.Compare):
        return 1.6
    if isinstance(above, ast.BinOp):
        return 2.0
    known = isinstance(above, (ast.Tuple, ast.List, ast.IfExp, ast.keyword, ast.Dict, ast.ListComp))
    return 2.0 if known else None


def literals(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Other empty or nested literals: [] for [[]], {} for [], a wrapped or unwrapped element."""
    if not isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.Set)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    text = scope.source.segment(node)
    if isinstance(node, ast.List):
        yield from scope.put(node, f"[{text}]", "literal", 2.0)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        if len(node.elts) == 1:
            yield from scope.put(node, scope.text(node.elts[0]), "literal", 2.1)
        for index in range(len(node.elts)):
            yield from _without(node, index, scope)
        yield from _swapped(node, scope)
    if text in {"[]", "()", "{}"}:
        for other, cost in (("[]", 2.4), ("{}", 2.4), ("set()", 2.2), ("()", 2.8), ("None", 2.6),
                            ("0", 2.8), ("''", 2.8)):  # fmt: skip
            if other != text:
                yield from scope.put(node, other, "literal", cost)


def _without(node: ast.List | ast.Tuple | ast.Set, index: int, scope: Scope) -> Iterator[Edit]:
    texts = [scope.text(item) for item in node.elts]
    inner = ", ".join(texts[:index] + texts[index + 1 :])
    if isinstance(node, ast.List) and len(texts) < 8:
        yield from scope.put(node, f"[{inner}]", "literal", 2.6)


def _swapped(node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Iterator[Edit]:
    texts = [scope.text(item) for item in node.elts]
    if not 2 <= len(texts) <= 5 or isinstance(node, ast.Set):
        return
    bare = not scope.source.segment(node).startswith(("(", "["))
    for index in range(len(texts) - 1):
        order = texts[:]
        order[index], order[index + 1] = order[index + 1], order[index]
        inner = ", ".join(order)
        if isinstance(node, ast.List):
            inner = f"[{inner}]"
        elif not bare:
            inner = f"({inner})"
        start, end = scope.source.span(node)
        yield scope.edit((start, end), inner, "swapped elements", 1.6)
