"""A request's body of any dialect as `PromptInvariants` looks at it: what is fixed, what grows, who calls.

Cache breakpoints are left out: they move with every request and are no part of what a provider caches by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

_OUTPUT_OF = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
}
_ROLES = {"user", "assistant", "developer", "system", "tool", "model"}


class PromptShape(msgspec.Struct, frozen=True, kw_only=True):
    """One request.

    `growing` are its items, messages or blocks in order, named `name`; `calls` and `answers` are pairs of a
    kind and an id, in order, a call under the kind of its output.
    """

    name: str
    model: object
    fixed: dict[str, Any]
    growing: list[Any]
    roles: list[object]
    turns: list[tuple[str, tuple[str, str]]]

    def unknown_roles(self) -> Iterator[tuple[int, object]]:
        """Places and names of roles that no service has."""
        return ((n, role) for n, role in enumerate(self.roles) if role not in _ROLES)


def shape_of(body: dict[str, Any]) -> PromptShape | None:
    """The request's shape; None where it is of no dialect."""
    for name, read in (("input", _responses), ("contents", _gemini)):
        if _is_list_of_objects(body.get(name)):
            return read(body)
    if not _is_list_of_objects(body.get("messages")):
        return None
    return _chat(body) if "stream_options" in body else _messages(body)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)  # pyright: ignore[reportUnknownVariableType] -- any JSON


def _responses(body: dict[str, Any]) -> PromptShape:
    items: list[dict[str, Any]] = body["input"]
    turns: list[tuple[str, tuple[str, str]]] = []
    for item in items:
        kind, call_id = str(item.get("type")), str(item.get("call_id"))
        if kind in _OUTPUT_OF:
            turns.append(("call", (_OUTPUT_OF[kind], call_id)))
        elif kind in _OUTPUT_OF.values():
            turns.append(("answer", (kind, call_id)))
    return PromptShape(
        name="input",
        model=body.get("model"),
        fixed={name: body.get(name) for name in ("instructions", "tools")},
        growing=list(items),
        roles=[
            item.get("role") if item.get("type", "message") == "message" else "user"
            for item in items
        ],
        turns=turns,
    )


def _chat(body: dict[str, Any]) -> PromptShape:
    messages: list[dict[str, Any]] = body["messages"]
    turns: list[tuple[str, tuple[str, str]]] = []
    for message in messages:
        turns += [("call", ("tool", str(call["id"]))) for call in message.get("tool_calls", ())]
        if message.get("role") == "tool":
            turns.append(("answer", ("tool", str(message.get("tool_call_id")))))
    return PromptShape(
        name="messages",
        model=body.get("model"),
        fixed={"tools": body.get("tools")},
        growing=list(messages),
        roles=[message.get("role") for message in messages],
        turns=turns,
    )


def _messages(body: dict[str, Any]) -> PromptShape:
    turns: list[tuple[str, tuple[str, str]]] = []
    growing: list[Any] = []
    for message in body["messages"]:
        for block in message["content"]:
            growing.append([message["role"], _unmarked(block)])
            if block.get("type") == "tool_use":
                turns.append(("call", ("tool_result", str(block.get("id")))))
            elif block.get("type") == "tool_result":
                turns.append(("answer", ("tool_result", str(block.get("tool_use_id")))))
    return PromptShape(
        name="blocks",
        model=body.get("model"),
        fixed={name: body.get(name) for name in ("system", "tools")},
        growing=growing,
        roles=[message.get("role") for message in body["messages"]],
        turns=turns,
    )


def _gemini(body: dict[str, Any]) -> PromptShape:
    turns: list[tuple[str, tuple[str, str]]] = []
    growing: list[Any] = []
    for content in body["contents"]:
        for part in content["parts"]:
            growing.append([content["role"], part])
            for name, kind in (("functionCall", "call"), ("functionResponse", "answer")):
                # Without an id of its own a call is found by its place.
                if (call := part.get(name)) and call.get("id"):
                    turns.append((kind, ("functionResponse", str(call["id"]))))
    return PromptShape(
        name="parts",
        model=None,
        fixed={name: body.get(name) for name in ("systemInstruction", "tools")},
        growing=growing,
        roles=[content.get("role") for content in body["contents"]],
        turns=turns,
    )


def _unmarked(block: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "cache_control"}
