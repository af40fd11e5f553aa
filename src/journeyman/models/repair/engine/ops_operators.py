"""Edits of operators: comparison, arithmetic, boolean, negation, and dropped or swapped operands."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit

_COMPARE: dict[type[ast.cmpop], list[tuple[type[ast.cmpop], float]]] = {
    ast.Lt: [(ast.LtE, 1.0), (ast.Gt, 1.5), (ast.GtE, 1.9), (ast.NotEq, 2.4), (ast.Eq, 2.8)],
    ast.LtE: [(ast.Lt, 1.0), (ast.GtE, 1.5), (ast.Gt, 1.9), (ast.Eq, 2.6), (ast.NotEq, 2.8)],
    ast.Gt: [(ast.GtE, 1.0), (ast.Lt, 1.5), (ast.LtE, 1.9), (ast.NotEq, 2.4), (ast.Eq, 2.8)],
    ast.GtE: [(ast.Gt, 1.0), (ast.LtE, 1.5), (ast.Lt, 1.9), (ast.Eq, 2.6), (ast.NotEq, 2.8)],
    ast.Eq: [(ast.NotEq, 1.4), (ast.GtE, 2.0), (ast.LtE, 2.0), (ast.Gt, 2.5), (ast.Lt, 2.5),
             (ast.In, 2.6), (ast.Is, 3.0)],
    ast.NotEq: [(ast.Eq, 1.4), (ast.Lt, 2.2), (ast.Gt, 2.2), (ast.LtE, 2.8), (ast.GtE, 2.8),
                (ast.NotIn, 2.8)],
    ast.Is: [(ast.IsNot, 1.4), (ast.Eq, 1.5)],
    ast.IsNot: [(ast.Is, 1.4), (ast.NotEq, 1.5)],
    ast.In: [(ast.NotIn, 1.3), (ast.Eq, 2.6)],
    ast.NotIn: [(ast.In, 1.3), (ast.NotEq, 2.6)],
}  # fmt: skip
_BINARY: dict[type[ast.operator], list[tuple[type[ast.operator], float]]] = {
    ast.Add: [(ast.Sub, 1.2), (ast.Mult, 2.0), (ast.FloorDiv, 3.0), (ast.Mod, 3.2),
              (ast.BitOr, 3.2), (ast.BitXor, 3.2)],
    ast.Sub: [(ast.Add, 1.2), (ast.Mult, 2.6), (ast.FloorDiv, 3.0), (ast.Mod, 2.8)],
    ast.Mult: [(ast.Add, 1.8), (ast.FloorDiv, 2.0), (ast.Div, 2.0), (ast.Pow, 2.0),
               (ast.Sub, 2.8), (ast.Mod, 3.0)],
    ast.Div: [(ast.FloorDiv, 1.1), (ast.Mult, 1.7), (ast.Mod, 2.2), (ast.Sub, 3.0)],
    ast.FloorDiv: [(ast.Div, 1.4), (ast.Mod, 1.5), (ast.Mult, 2.0), (ast.Sub, 2.8)],
    ast.Mod: [(ast.FloorDiv, 1.4), (ast.Div, 2.0), (ast.Sub, 2.6), (ast.Mult, 2.8)],
    ast.Pow: [(ast.Mult, 1.5), (ast.FloorDiv, 3.0)],
    ast.BitAnd: [(ast.BitOr, 1.2), (ast.BitXor, 1.3), (ast.Sub, 2.4), (ast.Mod, 2.8)],
    ast.BitOr: [(ast.BitAnd, 1.2), (ast.BitXor, 1.3), (ast.Add, 2.2), (ast.Sub, 2.4)],
    ast.BitXor: [(ast.BitAnd, 1.2), (ast.BitOr, 1.2), (ast.Pow, 2.0), (ast.Add, 2.6)],
    ast.LShift: [(ast.RShift, 1.2), (ast.Mult, 2.4)],
    ast.RShift: [(ast.LShift, 1.2), (ast.FloorDiv, 2.4)],
}  # fmt: skip
_SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>", ast.MatMult: "@",
}  # fmt: skip


def compare_operators(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another comparison operator; one comparison of a chain dropped."""
    if not isinstance(node, ast.Compare):
        return
    for index, operator in enumerate(node.ops):
        for other, cost in _COMPARE.get(type(operator), []):
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            new = ast.Compare(left=node.left, ops=ops, comparators=node.comparators)
            yield scope.source.replace(node, new, "comparison", cost)
    if len(node.ops) > 1:
        new = ast.Compare(left=node.left, ops=node.ops[:1], comparators=node.comparators[:1])
        yield scope.source.replace(node, new, "comparison", 2.6)
        rest = ast.Compare(
            left=node.comparators[0], ops=node.ops[1:], comparators=node.comparators[1:]
        )
        yield scope.source.replace(node, rest, "comparison", 2.6)


def arithmetic_operators(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another arithmetic operator, swapped operands, or one operand alone."""
    if not isinstance(node, ast.BinOp):
        return
    text = bool(scope.kinds(node.left) & {"str"} or scope.kinds(node.right) & {"str"})
    if text and isinstance(node.op, ast.Mod):
        return
    for other, cost in _BINARY.get(type(node.op), []):
        new = ast.BinOp(left=node.left, op=other(), right=node.right)
        yield scope.source.replace(node, new, "arithmetic", cost)
    swapped = ast.BinOp(left=node.right, op=node.op, right=node.left)
    yield scope.source.replace(node, swapped, "swapped operands", 1.6)
    by_one = isinstance(node.right, ast.Constant) and node.right.value == 1
    yield scope.source.replace(node, node.left, "dropped operand", 1.3 if by_one else 2.2)
    yield scope.source.replace(node, node.right, "dropped operand", 2.5)
    yield from _regrouped(node, scope)


def _regrouped(node: ast.BinOp, scope: Scope) -> Iterator[Edit]:
    """(a + b) * c for a + b * c and the other way round."""
    if isinstance(node.right, ast.BinOp):
        inner = ast.BinOp(left=node.left, op=node.op, right=node.right.left)
        new = ast.BinOp(left=inner, op=node.right.op, right=node.right.right)
        yield scope.source.replace(node, new, "grouping", 1.9)
    if isinstance(node.left, ast.BinOp):
        inner = ast.BinOp(left=node.left.right, op=node.op, right=node.right)
        new = ast.BinOp(left=node.left.left, op=node.left.op, right=inner)
        yield scope.source.replace(node, new, "grouping", 1.9)


def augmented_operators(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another augmented assignment, or a plain one, and the other way round."""
    if isinstance(node, ast.AugAssign):
        start = scope.source.span(node.target)[0]
        end = scope.source.span(node)[1]
        target, value = scope.text(node.target), scope.text(node.value)
        options = [(f"{_SYMBOLS[other]}=", cost) for other, cost in _BINARY.get(type(node.op), [])]
        for symbol, cost in [*options, ("=", 1.8)]:
            text = f"{target} {symbol} {value}"
            yield scope.edit((start, end), text, "augmented assignment", cost)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        start, end = scope.source.span(node)
        target, value = scope.text(node.targets[0]), scope.text(node.value)
        if not isinstance(node.targets[0], ast.Tuple):
            for symbol, cost in (("+=", 1.9), ("-=", 2.4), ("*=", 2.8), ("|=", 3.2)):
                text = f"{target} {symbol} {value}"
                yield scope.edit((start, end), text, "augmented assignment", cost)


def boolean_operators(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """`and` for `or`, a dropped part, an added or removed `not`."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        new = ast.BoolOp(op=other, values=node.values)
        yield scope.source.replace(node, new, "boolean operator", 1.3)
        for index in range(len(node.values)):
            rest = [*node.values[:index], *node.values[index + 1 :]]
            kept = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
            yield scope.source.replace(node, kept, "dropped condition", 2.4)
        if len(node.values) > 2:
            yield from _regrouped_booleans(node, scope)
    elif isinstance(node, ast.UnaryOp):
        cost = 1.5 if isinstance(node.op, ast.Not) else 1.8
        yield scope.source.replace(node, node.operand, "negation", cost)
    if is_condition(node, scope) and isinstance(node, ast.expr):
        if not isinstance(node, ast.UnaryOp) and not isinstance(node, ast.Compare):
            new = ast.UnaryOp(op=ast.Not(), operand=node)
            yield scope.source.replace(node, new, "negation", 1.8)
    elif isinstance(node, ast.expr) and _number_place(node, scope):
        new = ast.UnaryOp(op=ast.USub(), operand=node)
        yield scope.source.replace(node, new, "sign", 2.6)


def _regrouped_booleans(node: ast.BoolOp, scope: Scope) -> Iterator[Edit]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    for index in range(len(node.values) - 1):
        pair = ast.BoolOp(op=other, values=node.values[index : index + 2])
        values = [*node.values[:index], pair, *node.values[index + 2 :]]
        new = ast.BoolOp(op=node.op, values=values)
        yield scope.source.replace(node, new, "boolean operator", 2.2)


def is_condition(node: ast.AST, scope: Scope) -> bool:
    """Whether an expression is used for its truth."""
    above, role = scope.source.parent(node), scope.source.role(node)
    if isinstance(above, (ast.BoolOp, ast.comprehension)) or role == "test":
        return isinstance(above, ast.BoolOp) or role in {"ifs", "test"}
    if isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not):
        return True
    return isinstance(above, ast.Return) and isinstance(node, (ast.Compare, ast.BoolOp))


def _number_place(node: ast.expr, scope: Scope) -> bool:
    if not isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        return False
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    return bool(scope.kinds(node) & {"int", "float"})
