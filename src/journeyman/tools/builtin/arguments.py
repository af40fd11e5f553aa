"""Reads a call's arguments into a struct, and a tool's prompt from the file beside its module."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from journeyman.tools.api import ToolCall, ToolError

ArgumentsT = TypeVar("ArgumentsT", bound=msgspec.Struct)


def read_arguments(call: ToolCall, shape: type[ArgumentsT]) -> ArgumentsT:
    """Check the arguments of `call`; models that send "10" for 10 are understood.

    Raises:
        ToolError: one is missing, unknown or of the wrong type; the text says which ones there are.
    """
    known = shape.__struct_encode_fields__
    unknown = [name for name in call.arguments if name not in known]
    if unknown:
        raise ToolError(
            f"{call.name}: unknown argument {', '.join(sorted(unknown))}."
            f" The arguments are: {', '.join(known)}"
        )
    given = {name: value for name, value in call.arguments.items() if value is not None}
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise ToolError(f"{call.name}: {error}") from error


def prompt_beside(module_file: str) -> str:
    """The description of the tool in `module_file`, as the model gets it."""
    return Path(module_file).with_suffix(".md").read_text(encoding="utf-8").strip()
