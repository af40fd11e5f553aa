"""What a scripted provider answers: steps of items, and the server-sent events that carry them.

Owns the order and shapes of events of the Responses dialect, as the real service sends them; serving them
is `mock_provider`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec


class Say(msgspec.Struct, frozen=True):
    """A message of the assistant."""

    text: str
    phase: str | None = None


class Think(msgspec.Struct, frozen=True):
    """Reasoning with a summary and encrypted content."""

    summary: str


class Call(msgspec.Struct, frozen=True):
    """A function call; arguments given as text are sent as they are, broken or not."""

    name: str
    arguments: dict[str, Any] | str = {}
    call_id: str | None = None


class Freeform(msgspec.Struct, frozen=True):
    """A call of a freeform tool."""

    name: str
    input: str
    call_id: str | None = None


class RawItem(msgspec.Struct, frozen=True):
    """An output item as it is."""

    item: dict[str, Any]


Item = Say | Think | Call | Freeform | RawItem


def run(command: str, call_id: str | None = None, **arguments: object) -> Call:
    """A call of the shell tool."""
    return Call("exec_command", {"cmd": command, **arguments}, call_id)


def patch(text: str, call_id: str | None = None) -> Freeform:
    """A call of the patch tool, in the form that models with a freeform tool use."""
    return Freeform("apply_patch", text, call_id)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one request.

    By default a stream of `items` with its proper `end`. `status` other than 200 answers with `body`
    instead, as does any `body`; `drop` closes the connection without an answer. `cut_after` breaks the
    stream off and `hang_after` holds it, silently, after so many events; a `body` is cut after so many bytes.
    """

    items: Sequence[Item] = ()
    end: Literal["completed", "incomplete", "failed"] = "completed"
    error: dict[str, Any] | None = None
    usage: dict[str, Any] = {}
    status: int = 200
    headers: dict[str, str] = {}
    body: bytes | None = None
    drop: bool = False
    cut_after: int | None = None
    hang_after: int | None = None


def frames(step: Step, number: int) -> Iterator[bytes]:
    """The events of a step as bytes; `number` makes its ids unique within the provider."""
    for event in events(step, number):
        yield b"event: %s\ndata: %s\n\n" % (event["type"].encode(), msgspec.json.encode(event))


def events(step: Step, number: int) -> Iterator[dict[str, Any]]:
    """The events of a step; `number` makes its ids unique within the provider."""
    response: dict[str, Any] = {"id": f"resp_{number}", "object": "response", "output": []}
    for sequence, event in enumerate(_unnumbered(step, number, response)):
        yield {"type": event.pop("type"), "sequence_number": sequence, **event}


def _unnumbered(step: Step, number: int, response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
    yield {"type": "response.in_progress", "response": {**response, "status": "in_progress"}}
    output: list[dict[str, Any]] = []
    for index, item in enumerate(step.items):
        whole, between = _item(item, f"{number}_{index}")
        place = {"output_index": index}
        yield {"type": "response.output_item.added", **place, "item": _begun(whole)}
        for event in between:
            yield {"type": event.pop("type"), "item_id": whole.get("id"), **place, **event}
        yield {"type": "response.output_item.done", **place, "item": whole}
        output.append(whole)
    last: dict[str, Any] = {
        **response,
        "status": step.end,
        "output": output,
        "usage": usage_of(step),
    }
    if step.end == "failed":
        default = {"code": "server_error", "message": "scripted failure"}
        last |= {"error": step.error or default, "usage": None}
    elif step.end == "incomplete":
        last |= {"incomplete_details": {"reason": "max_output_tokens"}}
    yield {"type": f"response.{step.end}", "response": last}


def _item(item: Item, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The finished item and the events between its start and its end."""
    match item:
        case Say():
            return _message(item, f"msg_{name}")
        case Think():
            return _reasoning(item, f"rs_{name}")
        case Call():
            text = call_text(item)
            fields = {"name": item.name, "arguments": text}
            whole = _call("function_call", f"fc_{name}", call_id_of(item, name), fields)
            return whole, _input("response.function_call_arguments", "arguments", text)
        case Freeform():
            fields = {"name": item.name, "input": item.input}
            whole = _call("custom_tool_call", f"ctc_{name}", call_id_of(item, name), fields)
            return whole, _input("response.custom_tool_call_input", "input", item.input)
        case RawItem():
            return item.item, []


def call_id_of(call: Call | Freeform, name: str) -> str:
    """The call's id; `name` makes one where the script gives none."""
    return call.call_id or f"call_{name}"


def call_text(call: Call | Freeform) -> str:
    """The arguments as a dialect with functions only sends them."""
    if isinstance(call, Freeform):
        return msgspec.json.encode({"input": call.input}).decode()
    if isinstance(call.arguments, str):
        return call.arguments
    return msgspec.json.encode(call.arguments).decode()


def _message(item: Say, item_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    part: dict[str, Any] = {"type": "output_text", "text": item.text, "annotations": []}
    place = {"content_index": 0}
    whole: dict[str, Any] = {"id": item_id, "type": "message", "role": "assistant"}
    whole |= {"status": "completed", "content": [part]}
    if item.phase:
        whole["phase"] = item.phase
    between: list[dict[str, Any]] = [
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
    ]
    kind = "response.output_text"
    between += [{"type": f"{kind}.delta", **place, "delta": piece} for piece in pieces(item.text)]
    between.append({"type": f"{kind}.done", **place, "text": item.text})
    between.append({"type": "response.content_part.done", **place, "part": part})
    return whole, between


def _reasoning(item: Think, item_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    part = {"type": "summary_text", "text": item.summary}
    place = {"summary_index": 0}
    kind = "response.reasoning_summary"
    between: list[dict[str, Any]] = [
        {"type": f"{kind}_part.added", **place, "part": {**part, "text": ""}}
    ]
    between += [
        {"type": f"{kind}_text.delta", **place, "delta": piece} for piece in pieces(item.summary)
    ]
    between.append({"type": f"{kind}_text.done", **place, "text": item.summary})
    between.append({"type": f"{kind}_part.done", **place, "part": part})
    whole: dict[str, Any] = {"id": item_id, "type": "reasoning", "summary": [part]}
    return {**whole, "encrypted_content": f"sealed-{item_id}"}, between


def _call(kind: str, item_id: str, call_id: str, fields: dict[str, str]) -> dict[str, Any]:
    return {"id": item_id, "type": kind, "status": "completed", "call_id": call_id, **fields}


def _input(kind: str, field: str, text: str) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [
        {"type": f"{kind}.delta", "delta": piece} for piece in pieces(text)
    ]
    return [*deltas, {"type": f"{kind}.done", field: text}]


def _begun(whole: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"content": [], "summary": [], "arguments": "", "input": ""}
    begun = {name: empty.get(name, value) for name, value in whole.items()}
    begun.pop("encrypted_content", None)
    return {**begun, "status": "in_progress"} if "status" in begun else begun


def pieces(text: str) -> list[str]:
    """A text in up to three pieces, as a stream would bring it."""
    third = len(text) // 3 + 1
    return [text[start : start + third] for start in range(0, len(text), third)]


def usage_of(step: Step) -> dict[str, Any]:
    """The token counts of a step, in the shape of Responses."""
    return {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 107,
        **step.usage,
    }
