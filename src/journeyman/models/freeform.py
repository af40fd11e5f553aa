"""Tools as functions, whose parameters every service takes; a freeform tool's one argument takes the text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from journeyman.models.answers import (
    FREEFORM_ARGUMENT,
    records,
    string,
)
from journeyman.models.api import ToolSpec
from journeyman.protocol.foreign_json import record

_CHOICES = ("allOf", "anyOf", "oneOf")


def freeform_names(tools: Iterable[ToolSpec]) -> frozenset[str]:
    """The names of the freeform tools."""
    return frozenset(spec.name for spec in tools if spec.freeform)


def function_parameters(spec: ToolSpec) -> dict[str, Any]:
    """The JSON Schema of the tool's arguments when it is offered as a function."""
    if spec.parameters is not None:
        return _without_choices(spec.parameters)
    described = "The whole text, exactly in the tool's format."
    if spec.grammar:
        described += f" Its grammar, in Lark:\n{spec.grammar}"
    return {
        "type": "object",
        "properties": {FREEFORM_ARGUMENT: {"type": "string", "description": described}},
        "required": [FREEFORM_ARGUMENT],
        "additionalProperties": False,
    }


def _without_choices(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what it offers to choose from put into its properties.

    OpenAI and Anthropic refuse a choice at the top, and with it every request that offers the tool; servers of
    MCP write such all the same. The registry judges calls by the schema as it was.
    """
    parts = [(name, part) for name in _CHOICES for part in records(schema.get(name))]
    if not parts:
        return schema
    properties: dict[str, Any] = {}
    required = list(_names(schema))
    for name, part in parts:
        properties |= record(part.get("properties"))
        required += _names(part) if name == "allOf" else ()
    properties |= record(schema.get("properties"))
    kept = {name: value for name, value in schema.items() if name not in _CHOICES}
    told = {**kept, "type": "object", "properties": dict(sorted(properties.items()))}
    return {**told, "required": list(dict.fromkeys(required))} if required else told


def _names(schema: dict[str, Any]) -> list[str]:
    named = schema.get("required")
    return [string(name) for name in cast("list[Any]", named)] if isinstance(named, list) else []
