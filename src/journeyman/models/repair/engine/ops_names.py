"""Edits of names: another variable, attribute, or literal in the place of one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Scope
    from journeyman.models.repair.engine.source import Edit

_SELF = ("self", "cls")


def names(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another name in scope; a name for a constant; an attribute of a name or the name alone."""
    if isinstance(node, ast.Name) and not _is_callee(node, scope):
        if isinstance(node.ctx, ast.Load):
            yield from _other_names(node, scope)
            yield from _attributes_of(node, scope)
            yield from _constants_for(node, scope)
        elif isinstance(node.ctx, ast.Store):
            for name in scope.variables:
                if name != node.id and name not in _SELF:
                    yield from scope.put(node, name, "assigned name", 2.3)
    elif isinstance(node, ast.Constant) and not isinstance(
        scope.source.parent(node), (ast.Expr, ast.JoinedStr)
    ):
        for name in scope.variables:
            kinds = scope.kinds_of_name(name)
            if name not in _SELF and scope.alike(kinds, scope.kinds(node)):
                yield from scope.put(node, name, "name for constant", 2.0 if kinds else 2.6)


def _is_callee(node: ast.AST, scope: Scope) -> bool:
    return isinstance(scope.source.parent(node), ast.Call) and scope.source.role(node) == "func"


def _other_names(node: ast.Name, scope: Scope) -> Iterator[Edit]:
    own = scope.kinds(node)
    for name in scope.variables:
        if name == node.id or (name in _SELF and node.id not in _SELF):
            continue
        kinds = scope.kinds_of_name(name)
        cost = 1.35 if own & kinds else 2.2
        if own and kinds and not scope.alike(own, kinds):
            cost = 3.0
        yield from scope.put(node, name, "wrong name", cost)
    for name in scope.globals:
        if name != node.id and node.id in scope.globals:
            yield from scope.put(node, name, "wrong name", 2.2)
    for path, kinds in scope.seen.items():
        plain = path.startswith("self.") and "[" not in path and "{" not in path
        if plain and scope.alike(own, frozenset(kinds)):
            yield from scope.put(node, path, "wrong name", 2.4)


def _attributes_of(node: ast.Name, scope: Scope) -> Iterator[Edit]:
    if isinstance(scope.source.parent(node), ast.Attribute):
        return
    prefix = node.id + "."
    for path in scope.seen:
        if path.startswith(prefix) and "[" not in path and "{" not in path and path.count(".") == 1:
            yield from scope.put(node, path, "missing attribute", 2.2)


def _constants_for(node: ast.Name, scope: Scope) -> Iterator[Edit]:
    kinds = scope.kinds(node)
    if kinds & NUMBERS or not kinds:
        for text in ("0", "1", *(str(value) for value in scope.integers if value not in {0, 1})):
            yield from scope.put(node, text, "constant for name", 2.9)


def attributes(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another attribute of the file's in the place of one, or the value without it."""
    if not isinstance(node, ast.Attribute):
        return
    owner = scope.text(node.value, 15)
    known = [path.split(".")[-1] for path in scope.seen if path.startswith(owner + ".")]
    method = _is_callee(node, scope)
    for name in dict.fromkeys([*known, *scope.attributes]):
        if name == node.attr or (name in known and method):
            continue
        cost = 1.5 if name in known else 2.3
        yield from scope.put(node, f"{owner}.{name}", "wrong attribute", cost)
    if not isinstance(node.ctx, ast.Load) or method:
        return
    yield from scope.put(node, owner, "dropped attribute", 2.3)
    for name in known[:8]:
        yield from scope.put(node, f"{owner}.{node.attr}.{name}", "missing attribute", 2.5)
    own = scope.kinds(node)
    for name in scope.variables:
        if name not in _SELF and scope.alike(own, scope.kinds_of_name(name)):
            yield from scope.put(node, name, "wrong name", 2.3)
    for path, kinds in scope.seen.items():
        same = path.split(".")[-1] == node.attr and path.count(".") == 1
        if same and path.split(".")[0] != owner and scope.alike(own, frozenset(kinds)):
            yield from scope.put(node, path, "wrong name", 1.7)
