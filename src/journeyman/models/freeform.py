"""Freeform tools where a dialect knows only functions: one string argument takes the text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from journeyman.models.answers import FREEFORM_ARGUMENT
from journeyman.models.api import ToolSpec


def freeform_names(tools: Iterable[ToolSpec]) -> frozenset[str]:
    """The names of the freeform tools."""
    return frozenset(spec.name for spec in tools if spec.freeform)


def function_parameters(spec: ToolSpec) -> dict[str, Any]:
    """The JSON Schema of the tool's arguments when it is offered as a function."""
    if spec.parameters is not None:
        return spec.parameters
    described = "The whole text, exactly in the tool's format."
    if spec.grammar:
        described += f" Its grammar, in Lark:\n{spec.grammar}"
    return {
        "type": "object",
        "properties": {FREEFORM_ARGUMENT: {"type": "string", "description": described}},
        "required": [FREEFORM_ARGUMENT],
        "additionalProperties": False,
    }
