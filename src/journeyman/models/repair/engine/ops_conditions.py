"""Edits of conditions: a part added, the whole replaced, a guard put before a statement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.ops_operators import is_condition
from journeyman.models.repair.engine.terms import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit


def condition_parts(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """`and` / `or` with a new part, before or after; the condition replaced."""
    if not isinstance(node, ast.expr) or not is_condition(node, scope):
        return
    if isinstance(scope.source.parent(node), (ast.BoolOp, ast.UnaryOp)):
        return
    for text, extra in conditions(scope):
        if text == scope.text(node):
            continue
        for word, binding in (("and", 3), ("or", 2)):
            own = scope.text(node, binding)
            late, early = f"{own} {word} {text}", f"{text} {word} {own}"
            yield from scope.put(node, late, "missing condition", 2.7 + extra)
            if node_may_raise(node):
                yield from scope.put(node, early, "missing condition", 2.8 + extra)
        yield from scope.put(node, text, "wrong condition", 2.9 + extra)
    for text in ("True", "False"):
        yield from scope.put(node, text, "constant condition", 3.4)


def node_may_raise(node: ast.expr) -> bool:
    """Whether evaluating it can fail, so that a guard must come before it."""
    risky = (ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.Compare)
    return any(isinstance(part, risky) for part in ast.walk(node))


def comprehension_conditions(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A condition added to a comprehension, or taken away."""
    if not isinstance(node, ast.comprehension):
        return
    end = scope.source.span(node.ifs[-1] if node.ifs else node.iter)[1]
    while scope.source.text[end : end + 1] == ")" and _opened(node, scope, end):
        end += 1
    if not node.ifs:
        for text, extra in conditions(scope):
            yield scope.edit((end, end), f" if {text}", "missing condition", 2.8 + extra)
        return
    start = scope.source.span(node.iter)[1]
    yield scope.edit((start, end), "", "dropped condition", 2.6)


def _opened(node: ast.comprehension, scope: Scope, end: int) -> bool:
    part = scope.source.text[scope.source.span(node.target)[0] : end + 1]
    return part.count("(") >= part.count(")")


def guards(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """`if condition: return ...` (or continue, break) as a statement of its own."""
    if not isinstance(node, ast.stmt) or scope.function is None:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if scope.source.function(node) is not scope.function:
        return
    start = scope.source.line_start(node.lineno)
    indent = scope.source.indent(node)
    for action, cost in _actions(node, scope):
        for text, extra in conditions(scope):
            if len(text) > 24:
                continue
            new = f"{indent}if {text}:\n{indent}    {action}\n"
            yield scope.edit((start, start), new, "missing guard", cost + extra)


def _actions(node: ast.stmt, scope: Scope) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    if _in_loop(node, scope):
        found += [("continue", 3.4), ("break", 3.6)]
    function = scope.function
    if function is None:
        return found
    results: dict[str, float] = {}
    for part in ast.walk(function):
        if isinstance(part, ast.Return):
            results[scope.source.segment(part)] = 3.5
    if node is _first_statement(function):
        for text in ("return []", "return 0", "return None", "return False", "return True",
                     "return ''", "return 1"):  # fmt: skip
            results.setdefault(text, 4.0)
        for name in scope.parameters:
            results.setdefault(f"return {name}", 3.7)
    generator = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(function))
    found += [("return", 3.5)] if generator else list(results.items())
    return [(text, cost) for text, cost in found if len(text) < 40 and "\n" not in text]


def _first_statement(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    first = function.body[0]
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return function.body[1] if text and len(function.body) > 1 else first


def _in_loop(node: ast.stmt, scope: Scope) -> bool:
    current = scope.source.parent(node)
    while current is not None and current is not scope.function:
        if isinstance(current, (ast.For, ast.While)):
            return True
        current = scope.source.parent(current)
    return False
