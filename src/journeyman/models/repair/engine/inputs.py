"""New inputs made from seen ones: smaller, larger, empty, repeated, negative, mixed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from journeyman.models.repair.engine.describe import is_a


def make_inputs(seen: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Up to `count` argument sets; the same for the same `seen`."""
    chance = random.Random(20240607)  # noqa: S311 -- not for secrets; the same inputs every time
    made: list[dict[str, Any]] = []
    if not seen:
        return made
    attempts = 0
    while len(made) < count and attempts < count * 3:
        attempts += 1
        arguments = copy.deepcopy(seen[attempts % len(seen)])
        if not arguments:
            return made
        donor = chance.choice(seen)
        names = [name for name in arguments if name != "self"] or list(arguments)
        for name in chance.sample(names, chance.randint(1, min(2, len(names)))):
            arguments[name] = vary(arguments[name], donor.get(name), chance, 3)
        made.append(arguments)
    return made


def vary(value: Any, other: Any, chance: random.Random, depth: int) -> Any:
    """A value of the same kind, near the first; `other` is another seen value to mix in."""
    if depth <= 0:
        return value
    for kind, way in _WAYS:
        if isinstance(value, kind):
            return way(value, other, chance, depth)
    return value


def _vary_flag(value: bool, _other: Any, _chance: random.Random, _depth: int) -> bool:  # noqa: FBT001 -- a value like the others
    return not value


def _vary_float(value: float, _other: Any, chance: random.Random, _depth: int) -> float:
    return chance.choice([0.0, 1.0, -value, value + 0.5, value * 2, float(int(value))])


def _vary_text(value: str, other: Any, chance: random.Random, _depth: int) -> str:
    return "".join(_vary_items(list(value), list(str(other or "ab")), chance, 0))


def _vary_sequence(value: Any, other: Any, chance: random.Random, depth: int) -> Any:
    spare: list[Any] = list(other) if is_a(other, list, tuple) else []
    return type(value)(_vary_items(list(value), spare, chance, depth))


def _vary_set(value: Any, _other: Any, chance: random.Random, depth: int) -> Any:
    items = _vary_items(sorted(value, key=repr), [], chance, depth)
    return type(value)(item for item in items if item.__hash__ is not None)


def _vary_integer(value: int, _other: Any, chance: random.Random, _depth: int) -> int:
    near = [value + 1, value - 1, value + 2, value * 2, value // 2, 0, 1, 2, 3, abs(value)]
    if value < 0 or chance.random() < 0.1:
        near.append(-value)
    picked = chance.choice([*near, chance.randint(0, max(4, abs(value) + 2))])
    return max(picked, 0) if value >= 0 and chance.random() < 0.8 else picked


def _vary_items(items: list[Any], spare: list[Any], chance: random.Random, depth: int) -> list[Any]:
    if not items:
        return copy.deepcopy(spare[: chance.randint(0, 3)])
    spot = chance.randrange(len(items))
    shuffled = chance.sample(items, len(items))
    ways: list[list[Any]] = [
        [],
        [items[spot]],
        [*items[:spot], copy.deepcopy(items[spot]), *items[spot:]],
        items[::-1],
        shuffled,
        [*items, *copy.deepcopy(spare)],
        items[:spot] + items[spot + 1 :],
        items[: max(1, spot)],
    ]
    way = chance.randint(0, len(ways) + 1)
    if way < len(ways):
        return ways[way]
    other = chance.choice(items)
    items[spot] = vary(items[spot], other, chance, depth - 1) if depth else other
    return items


def _vary_dict(
    given: dict[Any, Any], _other: Any, chance: random.Random, depth: int
) -> dict[Any, Any]:
    value = dict(given)
    if not value:
        return value
    key = chance.choice(list(value))
    way = chance.randint(0, 3)
    if way == 0:
        del value[key]
    elif way == 1:
        other = chance.choice(list(value))
        value[key], value[other] = value[other], value[key]
    else:
        value[key] = vary(value[key], value[chance.choice(list(value))], chance, depth - 1)
    return value


_WAYS: list[tuple[Any, Callable[[Any, Any, random.Random, int], Any]]] = [
    (bool, _vary_flag),
    (int, _vary_integer),
    (float, _vary_float),
    (str, _vary_text),
    ((list, tuple), _vary_sequence),
    ((set, frozenset), _vary_set),
    (dict, _vary_dict),
]
