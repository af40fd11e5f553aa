"""What must hold of every request that the product sends to a model, whatever the test is about.

Judges request bodies of the Responses dialect only; keeps the last one of each prompt cache key.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import msgspec

_ROLES = {"user", "assistant", "developer", "system"}
_OUTPUT_OF = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
}


class PromptInvariants:
    """Finds violations; feed it the bodies in the order they were sent."""

    def __init__(self) -> None:
        """Know no request yet."""
        self._last: dict[str, dict[str, Any]] = {}

    def forget(self) -> None:
        """Allow the next request of each thread to begin a new prefix, as a compaction does."""
        self._last.clear()

    def violations(self, raw: bytes) -> list[str]:
        """What is wrong with a request's body, in words; empty when nothing is."""
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return [f"the body is no JSON object: {error}"]
        items = body.get("input")
        if not isinstance(items, list) or not all(isinstance(i, dict) for i in cast("Any", items)):
            return ["input is no list of objects"]
        history = cast("list[dict[str, Any]]", items)
        return [*_roles(history), *_pairs(history), *self._prefix(body, history)]

    def _prefix(self, body: dict[str, Any], history: list[dict[str, Any]]) -> list[str]:
        key = str(body.get("prompt_cache_key"))
        last = self._last.get(key)
        self._last[key] = body
        if last is None or last.get("model") != body.get("model"):
            return []
        found = [
            f"{name} changed within the thread"
            for name in ("instructions", "tools")
            if _bytes(last.get(name)) != _bytes(body.get(name))
        ]
        for index, item in enumerate(last["input"]):
            if index >= len(history) or _bytes(item) != _bytes(history[index]):
                return [*found, f"input[{index}] changed: the prefix is not stable"]
        return found


def _roles(history: list[dict[str, Any]]) -> list[str]:
    return [
        f"input[{index}] has the unknown role {item.get('role')!r}"
        for index, item in enumerate(history)
        if item.get("type", "message") == "message" and item.get("role") not in _ROLES
    ]


def _pairs(history: list[dict[str, Any]]) -> list[str]:
    called: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for item in history:
        kind, call_id = str(item.get("type")), str(item.get("call_id"))
        if kind in _OUTPUT_OF:
            called[_OUTPUT_OF[kind], call_id] += 1
        elif kind in _OUTPUT_OF.values():
            answered[kind, call_id] += 1
            if (kind, call_id) not in called:
                found.append(f"the output of {call_id} comes without or before its call")
    ids = Counter(call_id for _, call_id in called.elements())
    found += [f"the call id {call_id} is not unique" for call_id, n in ids.items() if n > 1]
    found += [
        f"the call {pair[1]} has {answered[pair]} outputs" for pair in called if answered[pair] != 1
    ]
    return found


def _bytes(value: object) -> bytes:
    return msgspec.json.encode(value)
