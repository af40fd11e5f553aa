"""Simple facts about an answer and its input that may hold for every right answer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from journeyman.models.repair.engine.describe import describe, is_a


def facts_of(before: dict[str, Any], after: dict[str, Any], result: Any) -> dict[str, str]:
    """Facts by name, as texts; a fact that makes no sense for these values is left out."""
    facts = {"type": type(result).__name__}
    if is_a(result, list, tuple):
        facts |= _sequence_facts(list(result))
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        facts["negative"] = str(result < 0)
    for name, value in before.items():
        if name == "self":
            continue
        facts[f"changes {name}"] = str(describe(value) != describe(after.get(name)))
        facts |= _relation_facts(name, value, result)
    return facts


def _sequence_facts(items: list[Any]) -> dict[str, str]:
    facts: dict[str, str] = {}
    if items:
        facts["elements"] = ",".join(sorted({type(item).__name__ for item in items}))
    try:
        facts["sorted"] = str(all(a <= b for a, b in pairwise(items)))
    except Exception:
        # elements that cannot be compared
        return facts
    return facts


def _relation_facts(name: str, value: Any, result: Any) -> dict[str, str]:
    facts: dict[str, str] = {}
    if is_a(value, list, tuple, str, dict, set):
        items = [describe(item) for item in list(value)]
        if is_a(result, list, tuple, str, dict, set):
            found = [describe(item) for item in list(result)]
            facts[f"length of {name}"] = str(len(items) == len(found))
            facts[f"permutes {name}"] = str(sorted(items) == sorted(found))
            facts[f"from {name}"] = str(set(found) <= set(items))
            facts[f"not longer than {name}"] = str(len(found) <= len(items))
        elif isinstance(result, (int, str, float)) and not isinstance(result, bool):
            facts[f"in {name}"] = str(describe(result) in items)
            if isinstance(result, int):
                facts[f"up to length of {name}"] = str(result <= len(items))
    elif isinstance(value, (int, float)) and isinstance(result, (int, float)):
        facts[f"at least {name}"] = str(result >= value)
        facts[f"at most {name}"] = str(result <= value)
    return facts
