"""What must hold of every request that the product sends to a model, whatever the test is about.

Judges request bodies of all dialects, as `prompt_shapes` reads them; keeps the last one of each thread.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from journeyman.testing.prompt_shapes import PromptShape, shape_of


class PromptInvariants:
    """Finds violations; feed it the bodies in the order they were sent."""

    def __init__(self) -> None:
        """Know no request yet."""
        self._last: dict[str, PromptShape] = {}

    def forget(self) -> None:
        """Allow the next request of each thread to begin a new prefix, as a compaction does."""
        self._last.clear()

    def violations(self, raw: bytes, thread: str = "") -> list[str]:
        """What is wrong with a request's body, in words; empty when nothing is.

        `thread` tells apart what the body does not: only Responses names its cache key there.
        """
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return [f"the body is no JSON object: {error}"]
        shape = shape_of(body)
        if shape is None:
            return ["input is no list of objects"]
        roles = [
            f"{shape.name}[{index}] has the unknown role {role!r}"
            for index, role in shape.unknown_roles()
        ]
        key = str(body.get("prompt_cache_key") or thread)
        return [*roles, *_pairs(shape), *self._prefix(key, shape)]

    def _prefix(self, key: str, shape: PromptShape) -> list[str]:
        last = self._last.get(key)
        self._last[key] = shape
        if last is None or (last.model, last.name) != (shape.model, shape.name):
            return []
        found = [
            f"{name} changed within the thread"
            for name, value in last.fixed.items()
            if _bytes(value) != _bytes(shape.fixed.get(name))
        ]
        for index, item in enumerate(last.growing):
            if index >= len(shape.growing) or _bytes(item) != _bytes(shape.growing[index]):
                return [*found, f"{shape.name}[{index}] changed: the prefix is not stable"]
        return found


def _pairs(shape: PromptShape) -> list[str]:
    called: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for turn, pair in shape.turns:
        if turn == "call":
            called[pair] += 1
        else:
            answered[pair] += 1
            if pair not in called:
                found.append(f"the output of {pair[1]} comes without or before its call")
    ids = Counter(call_id for _, call_id in called.elements())
    found += [f"the call id {call_id} is not unique" for call_id, n in ids.items() if n > 1]
    found += [
        f"the call {pair[1]} has {answered[pair]} outputs" for pair in called if answered[pair] != 1
    ]
    return found


def _bytes(value: object) -> bytes:
    return msgspec.json.encode(value)
