"""A tool's JSON Schema: whether arguments fit it, and its one stable form.

Judges what models get wrong: types, missing and unknown members, choices, sizes. Small slips that have one
meaning are mended (`"10"` for 10, null for an absent member, an object written as text). Keywords that are
not known here allow everything: the tool itself has the last word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from journeyman.protocol.foreign_json import read_json, record

# Deeper schemas and references in circles are not followed.
_MAX_DEPTH = 32
_MAX_SHOWN = 5
_MAX_SHOWN_CHARS = 80

Schema = dict[str, Any]


class SchemaError(Exception):
    """The arguments do not fit; the text says where and what would."""


def fit(arguments: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The arguments as the schema wants them.

    Raises:
        SchemaError: they do not fit; nothing may run with them.
    """
    fitting = _Fitting(schema)
    fitted = fitting.value(arguments, schema, "", 0)
    if fitting.problems:
        shown = "; ".join(fitting.problems[:_MAX_SHOWN])
        more = len(fitting.problems) - _MAX_SHOWN
        raise SchemaError(shown + (f"; and {more} more" if more > 0 else ""))
    return cast("dict[str, Any]", fitted)


def in_stable_form(schema: Any) -> Any:
    """The schema with the members of all its objects sorted: equal ones make equal bytes."""
    if isinstance(schema, dict):
        members = cast("Schema", schema)
        return {name: in_stable_form(members[name]) for name in sorted(members)}
    if isinstance(schema, list):
        return [in_stable_form(one) for one in cast("list[Any]", schema)]
    return schema


class _Fitting:
    """Collects problems while it walks."""

    def __init__(self, root: Schema) -> None:
        self.problems: list[str] = []
        self._root = root

    def value(self, value: Any, schema: Any, where: str, depth: int) -> Any:
        schema = self._resolved(schema)
        if not schema or depth > _MAX_DEPTH:
            return value
        for combined in ("anyOf", "oneOf"):
            value = self._one_of(value, _list(schema.get(combined)), where, depth)
        for part in _list(schema.get("allOf")):
            value = self.value(value, part, where, depth + 1)
        types = _types(schema)
        if types and not any(_TYPES[kind](value) for kind in types):
            value, mended = _mended(value, types)
            if not mended:
                self._tell(where, f"must be {' or '.join(map(_named, types))}, not {_shown(value)}")
                return value
        self._check_choice(value, schema, where)
        if isinstance(value, dict):
            return self._object(cast("dict[str, Any]", value), schema, where, depth)
        if isinstance(value, list):
            return self._array(cast("list[Any]", value), schema, where, depth)
        self._check_size(value, schema, where)
        return value

    def _object(
        self, value: dict[str, Any], schema: Schema, where: str, depth: int
    ) -> dict[str, Any]:
        known = record(schema.get("properties"))
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        others = schema.get("additionalProperties", True)
        fitted: dict[str, Any] = {}
        for name, member in value.items():
            inside = f"{where}.{name}" if where else name
            if name in known:
                if member is None and name not in required and not self._takes_null(known[name]):
                    continue
                fitted[name] = self.value(member, known[name], inside, depth + 1)
            elif others is False:
                names = ", ".join(known) or "none"
                self._tell(
                    where, f"unknown argument {inside}. The arguments are: {names}", bare=True
                )
            else:
                fitted[name] = self.value(member, others, inside, depth + 1)
        for name in required:
            if name not in value:
                inside = f"{where}.{name}" if where else name
                self._tell(where, f"missing required argument `{inside}`", bare=True)
        return fitted

    def _array(self, value: list[Any], schema: Schema, where: str, depth: int) -> list[Any]:
        low, high = schema.get("minItems"), schema.get("maxItems")
        if isinstance(low, int) and len(value) < low:
            self._tell(where, f"has {len(value)} items; minItems is {low}")
        if isinstance(high, int) and len(value) > high:
            self._tell(where, f"has {len(value)} items; maxItems is {high}")
        items = schema.get("items")
        return [self.value(one, items, f"{where}[{n}]", depth + 1) for n, one in enumerate(value)]

    def _one_of(self, value: Any, choices: list[Any], where: str, depth: int) -> Any:
        """The first choice that fits; where none does, what the first one says is wrong."""
        first: list[str] = []
        for choice in choices:
            tried = _Fitting(self._root)
            fitted = tried.value(value, choice, where, depth + 1)
            if not tried.problems:
                return fitted
            first = first or tried.problems
        self.problems += first[:1]
        return value

    def _check_choice(self, value: Any, schema: Schema, where: str) -> None:
        choices = schema.get("enum")
        if isinstance(choices, list) and value not in choices:
            names = ", ".join(_shown(choice) for choice in _list(choices))
            self._tell(where, f"must be one of {names}, not {_shown(value)}")
        if "const" in schema and value != schema["const"]:
            self._tell(where, f"must be {_shown(schema['const'])}, not {_shown(value)}")

    def _check_size(self, value: Any, schema: Schema, where: str) -> None:
        size = len(value) if isinstance(value, str) else value
        low, high = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
        if isinstance(size, bool) or not isinstance(size, int | float):
            return
        if isinstance(limit := schema.get(low), int | float) and size < limit:
            self._tell(where, f"is {_shown(value)}; {low} is {limit}")
        if isinstance(limit := schema.get(high), int | float) and size > limit:
            self._tell(where, f"is {_shown(value)}; {high} is {limit}")

    def _takes_null(self, schema: Any) -> bool:
        tried = _Fitting(self._root)
        tried.value(None, schema, "", 0)
        return not tried.problems

    def _resolved(self, schema: Any) -> Schema:
        """The schema itself, where it refers to another place of the whole one."""
        for _ in range(_MAX_DEPTH):
            if not isinstance(schema, dict):
                return {}
            reference = cast("Schema", schema).get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return cast("Schema", schema)
            found: Any = self._root
            for step in reference[2:].split("/"):
                name = step.replace("~1", "/").replace("~0", "~")
                found = cast("Schema", found).get(name) if isinstance(found, dict) else None
            schema = found
        return {}

    def _tell(self, where: str, what: str, *, bare: bool = False) -> None:
        self.problems.append(what if bare or not where else f"{where} {what}")


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _types(schema: Schema) -> list[str]:
    said = schema.get("type")
    kinds = cast("list[Any]", said) if isinstance(said, list) else [said]
    return [kind for kind in kinds if isinstance(kind, str) and kind in _TYPES]


def _named(kind: str) -> str:
    article = "an" if kind[0] in "aeiou" else "a"
    return kind if kind == "null" else f"{article} {kind}"


def _mended(value: Any, types: list[str]) -> tuple[Any, bool]:
    """The value in one of the types, where it says the same; whether that could be done."""
    if isinstance(value, float) and value.is_integer() and "integer" in types:
        return int(value), True
    if not isinstance(value, str):
        return value, False
    try:
        read = read_json(value)
    except msgspec.DecodeError:
        return value, False
    if isinstance(read, float) and read.is_integer() and "integer" in types:
        read = int(read)
    if any(_TYPES[kind](read) for kind in types if kind != "null"):
        return read, True
    return value, False


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode("utf-8", "replace")
    return text if len(text) <= _MAX_SHOWN_CHARS else text[:_MAX_SHOWN_CHARS] + "..."
