"""Edits of calls: arguments, callees, methods, wrappers put around values and taken away."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import CONTAINERS, NUMBERS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.scope import Kinds, Scope
    from journeyman.models.repair.engine.source import Edit

_FAMILIES = [
    (("min", "max"), 1.1),
    (("any", "all"), 1.1),
    (("sum", "max", "min", "len"), 2.0),
    (("int", "float", "round", "abs", "str", "bool"), 2.0),
    (("list", "tuple", "set", "sorted", "reversed", "frozenset"), 2.0),
    (("map", "filter"), 2.2),
    (("ord", "chr"), 1.6),
    (("append", "extend", "insert", "add", "appendleft", "update", "remove"), 1.7),
    (("pop", "popleft"), 1.4),
    (("popitem", "pop", "remove", "discard"), 2.0),
    (("lower", "upper", "title", "capitalize", "casefold"), 1.6),
    (("strip", "lstrip", "rstrip"), 1.5),
    (("startswith", "endswith"), 1.4),
    (("find", "rfind", "index", "rindex"), 1.7),
    (("split", "rsplit", "partition", "rpartition", "splitlines"), 1.8),
    (("keys", "values", "items"), 1.5),
    (("union", "intersection", "difference", "symmetric_difference"), 1.4),
    (("issubset", "issuperset"), 1.4),
    (("isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower"), 1.7),
    (("ljust", "rjust", "center"), 1.5),
    (("floor", "ceil", "trunc", "sqrt"), 1.5),
    (("heappush", "heappop", "heappushpop", "heapreplace"), 1.9),
    (("bisect_left", "bisect_right"), 1.4),
    (("permutations", "combinations", "product", "combinations_with_replacement"), 1.6),
    (("get", "setdefault", "pop"), 2.0),
]
# What may be put around a value: (name, kinds of values it makes sense for, cost).
_WRAPPERS: list[tuple[str, Kinds, float]] = [
    ("sorted", CONTAINERS, 2.3),
    ("set", CONTAINERS, 2.5),
    ("list", CONTAINERS | {"callable", "map", "filter", "zip", "generator"}, 2.4),
    ("len", CONTAINERS, 2.3),
    ("reversed", frozenset({"list", "tuple", "str", "range"}), 2.4),
    ("tuple", frozenset({"list", "set"}), 2.7),
    ("sum", frozenset({"list", "tuple", "set"}), 2.9),
    ("max", frozenset({"list", "tuple", "set"}), 2.9),
    ("min", frozenset({"list", "tuple", "set"}), 2.9),
    ("enumerate", frozenset({"list", "tuple", "str"}), 2.8),
    ("range", frozenset({"int"}), 2.8),
    ("abs", NUMBERS, 2.3),
    ("int", NUMBERS | {"str"}, 2.4),
    ("float", NUMBERS | {"str"}, 2.8),
    ("str", NUMBERS | {"str"}, 2.6),
    ("round", frozenset({"float"}), 2.8),
    ("bool", UNKNOWN, 3.2),
]
_METHODS: dict[str, list[str]] = {
    "str": ["lower()", "upper()", "strip()", "rstrip()", "split()"],
    "list": ["copy()"],
    "dict": ["items()", "values()", "keys()", "copy()"],
    "set": ["copy()"],
}


def arguments(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Arguments swapped, dropped or added."""
    if not isinstance(node, ast.Call):
        return
    texts = [scope.text(item) for item in node.args]
    rest = [scope.text(item) for item in node.keywords]
    for first in range(len(texts)):
        for second in range(first + 1, len(texts)):
            order = texts[:]
            order[first], order[second] = order[second], order[first]
            yield from _call(node, [*order, *rest], scope, ("swapped arguments", 1.4))
        kept = [*texts[:first], *texts[first + 1 :], *rest]
        yield from _call(node, kept, scope, ("extra argument", 2.3))
    for index in range(len(rest)):
        kept = [*texts, *rest[:index], *rest[index + 1 :]]
        yield from _call(node, kept, scope, ("extra argument", 2.3))
    yield from _added_arguments(node, [texts, rest], scope)


def _call(
    node: ast.Call, texts: list[str], scope: Scope, label: tuple[str, float]
) -> Iterator[Edit]:
    yield from scope.put(node, f"{scope.text(node.func, 15)}({', '.join(texts)})", *label)


def _added_arguments(node: ast.Call, given: list[list[str]], scope: Scope) -> Iterator[Edit]:
    texts, rest = given
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
    added: list[tuple[list[str], float]] = []
    if name == "range" and len(texts) == 1:
        added += [(["1", *texts], 1.7), (["2", *texts], 2.6)]
        added += [([item, *texts], 2.4) for item in scope.variables]
    if name == "range" and len(texts) == 2:
        added += [([*texts, "-1"], 2.4), ([*texts, "2"], 2.8)]
    special = {"sorted": "reverse=True", "sort": "reverse=True", "enumerate": "1", "max": "default=0",
               "min": "default=0", "sum": "[]", "get": "0", "pop": "0", "round": "2", "split": "' '"}  # fmt: skip
    if name in special:
        added.append(([*texts, special[name]], 2.0))
    if name in {"split", "rsplit"} and len(texts) == 1:
        added.append(([*texts, "1"], 2.0))
    least, most = scope.functions.get(name, (0, 0))
    if name in scope.functions and len(texts) < most:
        cost = 1.9 if len(texts) < least else 2.6
        for item in [*scope.variables, "0", "1", "None", "True"]:
            added += [
                ([*texts[:index], item, *texts[index:]], cost) for index in range(len(texts) + 1)
            ]
    for arguments_, cost in added:
        yield from _call(node, [*arguments_, *rest], scope, ("missing argument", cost))


def callees(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another function or method called; the call taken away."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
    yield from _relatives(node.func, name, scope)
    if isinstance(node.func, ast.Name):
        for other, (least, most) in scope.functions.items():
            if other != name and least <= len(node.args) <= most:
                yield from _renamed(node.func, other, scope, 2.0)
    yield from _unwrapped(node, name, scope)


def _unwrapped(node: ast.Call, name: str, scope: Scope) -> Iterator[Edit]:
    if isinstance(node.func, ast.Attribute):
        yield from scope.put(node, scope.text(node.func.value), "extra call", 2.3)
        if name in {"popleft", "pop"} and not node.args:
            owner = scope.text(node.func.value, 15)
            if name == "pop" and "deque" in scope.kinds(node.func.value):
                yield from _renamed(node.func, "popleft", scope, 0.9)
            yield from scope.put(node, f"{owner}.pop(0)", "wrong call", 1.6)
    for argument in node.args:
        if not isinstance(argument, ast.Starred):
            yield from scope.put(node, scope.text(argument), "extra call", 2.1)


def _relatives(func: ast.expr, name: str, scope: Scope) -> Iterator[Edit]:
    for family, cost in _FAMILIES:
        for other in family if name in family else ():
            if other != name:
                yield from _renamed(func, other, scope, cost)


def methods(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """Another method of the file's classes called, with the arguments it takes."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.keywords or node.func.attr not in {*scope.methods, "pop", "clear", "remove"}:
        return
    owner = scope.text(node.func.value, 15)
    for name, (least, most) in {**scope.methods, "remove": (1, 1)}.items():
        if name == node.func.attr or name.startswith("__"):
            continue
        if least <= len(node.args) <= most:
            cost = 1.7 if name in scope.methods else 2.5
            yield from _renamed(node.func, name, scope, cost)
        elif least <= 1 <= most and not node.args:
            for value in scope.variables:
                if value not in {"self", "cls"}:
                    text = f"{owner}.{name}({value})"
                    yield from scope.put(node, text, "wrong call", 2.5)
        elif not least and len(node.args) == 1:
            yield from scope.put(node, f"{owner}.{name}()", "wrong call", 2.5)


def _renamed(func: ast.expr, name: str, scope: Scope, cost: float) -> Iterator[Edit]:
    text = name
    if isinstance(func, ast.Attribute):
        text = f"{scope.text(func.value, 15)}.{name}"
    yield from scope.put(func, text, "wrong call", cost)


def wrappers(node: ast.AST, scope: Scope) -> Iterator[Edit]:
    """A call put around a value, or a method called on it."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or _not_a_value(node, scope):
        return
    kinds = scope.kinds(node)
    own = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    text = scope.text(node)
    for name, wanted, cost in _WRAPPERS:
        if (not kinds or kinds & wanted) and name != own:
            extra = 0.0 if kinds else 0.5
            yield from scope.put(node, f"{name}({text})", "missing call", cost + extra)
    for kind, methods in _METHODS.items():
        if kind in kinds:
            for method in methods:
                value = scope.text(node, 15)
                yield from scope.put(node, f"{value}.{method}", "missing call", 2.5)
    for name, (least, most) in scope.functions.items():
        if least <= 1 <= most and name != own:
            yield from scope.put(node, f"{name}({text})", "missing call", 2.6)


def _not_a_value(node: ast.expr, scope: Scope) -> bool:
    above, role = scope.source.parent(node), scope.source.role(node)
    if isinstance(above, (ast.Expr, ast.Attribute)):
        return True
    return isinstance(above, (ast.Call, ast.Subscript)) and role in {"func", "value"}
