"""Tools that a client brings along: it describes them when it starts a thread, and runs them when it is asked."""

from __future__ import annotations

from typing import Any

from journeyman.protocol.wire import Wire


class DynamicTool(Wire, frozen=True, tag_field="type", tag="function"):
    """One tool; `input_schema` is the JSON Schema of its arguments."""

    name: str
    description: str
    input_schema: dict[str, Any]


class DynamicToolNamespace(Wire, frozen=True, tag_field="type", tag="namespace"):
    """Tools that belong together; the model knows each as `<namespace>__<tool>`."""

    name: str
    description: str
    tools: list[DynamicTool]


DynamicToolSpec = DynamicTool | DynamicToolNamespace


class DynamicToolCallParams(Wire, frozen=True):
    """The model calls a tool of the client's."""

    thread_id: str
    turn_id: str
    call_id: str
    tool: str
    arguments: Any
    namespace: str | None = None


class DynamicToolCallResponse(Wire, frozen=True):
    """What the tool brought: parts `{type: inputText, text}` or `{type: inputImage, imageUrl}`."""

    content_items: list[dict[str, Any]]
    success: bool
