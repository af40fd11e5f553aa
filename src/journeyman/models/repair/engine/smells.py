"""Signs of a slip in a function: code that has no effect, never runs, or says the same twice.

A repair that takes such a sign away is likelier, one that brings one in is not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.source import FUNCTIONS, as_list

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def count_smells(tree: ast.AST) -> int:
    """How many there are in a tree."""
    count = 0
    for node in ast.walk(tree):
        count += sum(1 for _ in _smells(node))
    return count


def _smells(node: ast.AST) -> Iterator[str]:
    if isinstance(node, FUNCTIONS):
        yield from _unused_names(node)
        yield from _same_recursion(node)
    if isinstance(node, (ast.For, ast.While)):
        yield from _loop_without_turn(node)
    for name in ("body", "orelse"):
        block = as_list(getattr(node, name, None))
        yield from _dead_statements([item for item in block if isinstance(item, ast.stmt)])
    yield from _said_twice(node)


def _unused_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    read = {part.id for part in names if isinstance(part.ctx, ast.Load)}
    stored = {part.id for part in names if isinstance(part.ctx, ast.Store)}
    stored |= {item.arg for item in [*node.args.posonlyargs, *node.args.args]}
    changed = {
        part.target.id
        for part in ast.walk(node)
        if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
    }
    for name in stored - read:
        if not name.startswith("_") and name not in {"self", "cls"} and name not in changed:
            yield "unused name"


def _same_recursion(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    own = [item.arg for item in node.args.args]
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            given = [item.id if isinstance(item, ast.Name) else "" for item in part.args]
            if part.func.id == node.name and given == own:
                yield "calls itself with what it was given"


def _loop_without_turn(node: ast.For | ast.While) -> Iterator[str]:
    inner = [part for statement in node.body for part in ast.walk(statement)]
    if _always_ends(node.body) and not any(isinstance(part, ast.Continue) for part in inner):
        yield "loop that runs once"
    if isinstance(node, ast.While) and not any(isinstance(part, _ENDS) for part in inner):
        names = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
        touched = {part.id for part in inner if isinstance(part, ast.Name)}
        if names and not names & touched:
            yield "loop whose condition cannot change"


def _always_ends(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _always_ends(last.body) and _always_ends(last.orelse)
    return isinstance(last, (ast.Return, ast.Break, ast.Raise))


def _dead_statements(block: list[ast.stmt]) -> Iterator[str]:
    for index, statement in enumerate(block):
        if isinstance(statement, _ENDS) and index < len(block) - 1:
            yield "never run"
        effect = (ast.Call, ast.Yield, ast.YieldFrom, ast.Await, ast.Constant)
        if isinstance(statement, ast.Expr) and not isinstance(statement.value, effect):
            yield "no effect"
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            if ast.unparse(statement.targets[0]) == ast.unparse(statement.value):
                yield "assigned to itself"
            following = block[index + 1] if index + 1 < len(block) else None
            if isinstance(following, ast.Assign) and _overwrites(statement, following):
                yield "overwritten at once"


def _overwrites(first: ast.Assign, second: ast.Assign) -> bool:
    targets = ast.unparse(first.targets[0])
    read = {ast.unparse(part) for part in ast.walk(second.value) if isinstance(part, ast.expr)}
    return targets == ast.unparse(second.targets[0]) and targets not in read


def _said_twice(node: ast.AST) -> Iterator[str]:
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.Add, ast.Mult)):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        parts = [part for part in node.elts if not isinstance(part, ast.Constant)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        parts = node.args if node.func.id in {"min", "max", "range", "zip"} else []
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    texts = [ast.unparse(part) for part in parts]
    if len(set(texts)) < len(texts):
        yield "said twice"
    test = getattr(node, "test", None)
    if isinstance(test, ast.Constant) and not (isinstance(node, ast.While) and test.value):
        yield "constant condition"
