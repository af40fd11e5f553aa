"""Small expressions made of names in scope, for conditions and numbers that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journeyman.models.repair.engine.scope import CONTAINERS, NUMBERS

if TYPE_CHECKING:
    from journeyman.models.repair.engine.scope import Scope

_CALLABLE = frozenset({"callable", "module", "type"})


def values(scope: Scope) -> list[str]:
    """Names and seen attributes of names that may stand in a small expression."""
    found = [name for name in scope.variables if not scope.kinds_of_name(name) & _CALLABLE]
    for path in scope.seen:
        owner, dot, _ = path.partition(".")
        if dot and "[" not in path and "{" not in path and owner in scope.variables:
            found.append(path)
    return [name for name in found if name not in {"self", "cls"}][:24]


def numbers(scope: Scope, *, elements: bool = True) -> list[str]:
    """Small expressions that are numbers (or may be)."""
    found: list[str] = []
    for name in values(scope):
        kinds = scope.kinds_of_name(name)
        if kinds & NUMBERS:
            found.append(name)
        elif kinds & CONTAINERS:
            found.append(f"len({name})")
    if elements:
        found += _elements(scope)
    return found


def _elements(scope: Scope) -> list[str]:
    found: list[str] = []
    for name in values(scope):
        kinds = scope.kinds_of_name(name)
        if not kinds & {"list", "tuple", "dict", "str"}:
            continue
        if not scope.kinds_of_name(name + "[]") & NUMBERS:
            continue
        found += [
            f"{name}[{index}]" for index in values(scope) if scope.kinds_of_name(index) & {"int"}
        ]
    return found


def conditions(scope: Scope) -> list[tuple[str, float]]:
    """Atomic conditions with their costs."""
    found: list[tuple[str, float]] = []
    names = values(scope)
    for name in names:
        kinds = scope.kinds_of_name(name)
        found += [(name, 0.2), (f"not {name}", 0.0)]
        if not kinds or "None" in kinds or not kinds & (NUMBERS | CONTAINERS):
            found += [(f"{name} is None", 0.1), (f"{name} is not None", 0.1)]
        if kinds & NUMBERS:
            found += [(f"{name} {sign} {number}", 0.3) for number in ("0", "1")
                      for sign in ("==", "!=", ">", "<", ">=", "<=")]  # fmt: skip
        if kinds & CONTAINERS:
            found += [(f"len({name}) {sign}", 0.5) for sign in ("== 1", "> 1", "<= 1", "> 0")]
    found += _pairs(scope, names)
    return found


def _pairs(scope: Scope, names: list[str]) -> list[tuple[str, float]]:
    found = _orders(numbers(scope))
    for first in names:
        for second in names:
            if first != second and _may_hold(second, first, scope):
                found += [(f"{first} in {second}", 0.3), (f"{first} not in {second}", 0.2)]
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            shared = scope.kinds_of_name(first) & scope.kinds_of_name(second)
            if not shared or not shared & NUMBERS:
                found += [(f"{first} == {second}", 0.6), (f"{first} != {second}", 0.6)]
                found += [(f"{first} is {second}", 0.9)] if not shared & CONTAINERS else []
    return found


def _orders(terms: list[str]) -> list[tuple[str, float]]:
    """Two numbers compared."""
    found: list[tuple[str, float]] = []
    for index, first in enumerate(terms):
        for second in terms[index + 1 :]:
            signs = ("<", "<=", ">", ">=", "==", "!=")
            cost = 0.5 + 0.3 * ("[" in first + second) + 0.2 * ("len" in first + second)
            found += [(f"{first} {sign} {second}", cost) for sign in signs]
            if "[" not in first + second and "len" not in first + second:
                found.append((f"({first} or {second})", 0.9))
    return found


def _may_hold(container: str, element: str, scope: Scope) -> bool:
    kinds = scope.kinds_of_name(container)
    if not kinds & CONTAINERS:
        return False
    members = scope.kinds_of_name(container + ("{}" if kinds & {"dict", "set"} else "[]"))
    return scope.alike(scope.kinds_of_name(element), members)
