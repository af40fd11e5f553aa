"""Forms of MCP servers: how one and each field is shown, and what a typed line says in it. Pure: no terminal.

A form is the server's, so nothing in it is trusted. Understood are flat ones, as MCP has them: texts, numbers,
yes or no, and choices (modelcontextprotocol.io, client features, elicitation).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from journeyman.plain.approvals import Choice
from journeyman.protocol.mcp import ElicitationParams
from journeyman.transcript.style import Style
from journeyman.visible_text import revealed_line

# Nobody fills in more by typing line after line.
_MOST_FIELDS = 30
_MOST_DIGITS = 40
_YES, _NO = ("y", "yes", "true"), ("n", "no", "false")
_FILL_IN = {"y": "fill it in", "n": "decline", "c": "leave it open"}
_SEND = {"y": "send this", "n": "decline", "c": "leave it open"}
_FORMATS: Mapping[str, Callable[[str], object]] = {
    "email": lambda text: "@" in text[1:-1],
    "uri": lambda text: ":" in text[1:],
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
}


class _Titled(msgspec.Struct, frozen=True):
    const: str
    title: str = ""


class _Schema(msgspec.Struct, frozen=True, rename="camel"):
    """What MCP allows as the schema of a field; of what is chosen from also as that of its items."""

    type: Literal["string", "integer", "number", "boolean", "array"] = "string"
    title: str = ""
    description: str = ""
    enum: list[str] = []
    enum_names: list[str] = []
    one_of: list[_Titled] = []
    any_of: list[_Titled] = []
    items: _Schema | None = None
    min_length: float = 0
    max_length: float = math.inf
    min_items: float = 0
    max_items: float = math.inf
    minimum: float = -math.inf
    maximum: float = math.inf
    format: str = ""
    default: Any = msgspec.UNSET


class _Form(msgspec.Struct, frozen=True):
    properties: dict[str, _Schema] = {}
    required: list[str] = []


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is asked for; `options` are values with what they are called."""

    name: str
    schema: _Schema
    is_required: bool
    options: Sequence[tuple[str, str]]


class FieldError(ValueError):
    """What was typed is no answer; the text says why."""


def fields_of(schema: Mapping[str, Any]) -> list[Field] | None:
    """The fields of a form; None where something is asked for that cannot be typed."""
    try:
        form = msgspec.convert(schema, _Form)
    except msgspec.ValidationError:
        return None
    if len(form.properties) > _MOST_FIELDS:
        return None
    fields = [
        Field(name=name, schema=one, is_required=name in form.required, options=_options(one))
        for name, one in form.properties.items()
    ]
    is_empty = any(field.schema.type == "array" and not field.options for field in fields)
    return None if is_empty else fields


def form_question(params: ElicitationParams, fields: Sequence[Field], style: Style) -> Choice:
    """Is this form filled in at all?"""
    lines = [
        style.notable(
            f"The MCP server {revealed_line(params.server_name)} asks: {revealed_line(params.message)}"
        ),
        *(f"  {_title(field)}" for field in fields),
        style.quiet("  The server reads what you type: no passwords."),
    ]
    return Choice(lines=lines, keys=_FILL_IN)


def content_question(content: Mapping[str, Any], style: Style) -> Choice:
    """Is this what is sent?"""
    lines = [f"  {revealed_line(name)}: {_json(value)}" for name, value in content.items()]
    return Choice(lines=[style.notable("Send this?"), *lines], keys=_SEND)


def field_lines(field: Field, style: Style) -> list[str]:
    """The field with what may be typed."""
    about = field.schema.description
    return [
        style.notable(_title(field)),
        *([f"  {revealed_line(about)}"] if about else []),
        *(
            f"  [{number}] {revealed_line(title)}"
            for number, (_, title) in enumerate(field.options, 1)
        ),
        style.quiet(f"  {_how(field)}"),
    ]


def value_of(field: Field, line: str) -> Any:
    """What the line says; None leaves the field out.

    Raises:
        FieldError: it says nothing that the form allows.
    """
    text = line.strip()
    if not text:
        if field.schema.default is not msgspec.UNSET:
            return field.schema.default
        if field.is_required:
            raise FieldError("it must be filled in")
        return None
    match field.schema.type:
        case "boolean":
            return _boolean(text)
        case "integer" | "number":
            return _number(field.schema, text)
        case "array":
            return _several(field, text)
        case "string":
            return _option(field, text) if field.options else _text(field.schema, text)


def _options(schema: _Schema) -> list[tuple[str, str]]:
    inner = schema.items if schema.type == "array" else schema
    if inner is None:
        return []
    if inner.enum:
        titles = [*inner.enum_names, *inner.enum[len(inner.enum_names) :]]
        return list(zip(inner.enum, titles, strict=False))
    return [(one.const, one.title or one.const) for one in inner.one_of or inner.any_of]


def _how(field: Field) -> str:
    if field.schema.type == "boolean":
        how = "Type y or n"
    elif field.schema.type == "array":
        how = "Type numbers, with commas between them"
    elif field.options or field.schema.type in {"integer", "number"}:
        how = "Type a number"
    else:
        how = "Type a text"
    if field.schema.default is not msgspec.UNSET:
        how += f"; an empty line is {_json(field.schema.default)}"
    elif not field.is_required:
        how += "; an empty line leaves it out"
    return f"{how}. Ctrl-C leaves the form."


def _boolean(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise FieldError("type y or n")


def _number(schema: _Schema, text: str) -> float:
    is_whole = schema.type == "integer"
    try:
        value = (int if is_whole else float)(text[:_MOST_DIGITS])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FieldError("type a whole number" if is_whole else "type a number")
    if not schema.minimum <= value <= schema.maximum:
        raise FieldError(f"it must be from {schema.minimum:g} to {schema.maximum:g}")
    return value


def _option(field: Field, text: str) -> str:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:3]) <= len(field.options):
        return field.options[int(text[:3]) - 1][0]
    for value, title in field.options:
        if text in {value, title}:
            return value
    raise FieldError(f"type a number from 1 to {len(field.options)}")


def _several(field: Field, text: str) -> list[str]:
    chosen = list(dict.fromkeys(_option(field, part) for part in text.replace(",", " ").split()))
    least, most = field.schema.min_items, field.schema.max_items
    if not least <= len(chosen) <= most:
        raise FieldError(f"choose from {least:g} to {most:g}")
    return chosen


def _text(schema: _Schema, text: str) -> str:
    if not schema.min_length <= len(text) <= schema.max_length:
        least, most = schema.min_length, schema.max_length
        raise FieldError(f"it must have from {least:g} to {most:g} characters")
    is_right = _FORMATS.get(schema.format)
    try:
        if is_right is None or is_right(text):
            return text
    except ValueError:
        pass  # said below
    raise FieldError(f"it must be of the form {schema.format}")


def _title(field: Field) -> str:
    title = field.schema.title
    shown = revealed_line(f"{title} ({field.name})" if title else field.name)
    return shown if field.is_required else f"{shown}, optional"


def _json(value: Any) -> str:
    return revealed_line(msgspec.json.encode(value).decode())
