"""JSON Schema, as `schema` makes it, in TypeScript: one exported type a definition, descriptions as comments."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, cast

_HEAD = "// Made by `jm app-server generate-ts`; changes here are lost.\n"
_REF = "#/definitions/"
_PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


def declaration(name: str, schema: Mapping[str, Any], folder: str = "./") -> str:
    """The file of one type; what it refers to is imported from `folder`."""
    imports = "".join(
        f'import type {{ {used} }} from "{folder}{used}";\n'
        for used in references(schema)
        if used != name
    )
    return f"{_HEAD}{imports}\n{_comment(schema, '')}export type {name} = {_type(schema)};\n"


def references(schema: Any) -> list[str]:
    """The names of the definitions that a schema refers to, sorted."""
    return sorted(set(_references(schema)))


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for part in cast("list[Any]", schema) for name in _references(part)]
    if not isinstance(schema, dict):
        return []
    members = cast("dict[str, Any]", schema)
    reference = members.get("$ref")
    own = [reference.removeprefix(_REF)] if isinstance(reference, str) else []
    return own + [name for part in members.values() for name in _references(part)]


def _type(schema: Mapping[str, Any]) -> str:
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return " | ".join(dict.fromkeys(_type(part) for part in alternatives))
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return " | ".join(json.dumps(value) for value in values)
    kind = str(schema.get("type"))
    if kind == "array":
        return f"Array<{_type(schema.get('items') or {})}>"
    return _object(schema) if kind == "object" else _PLAIN.get(kind, "unknown")


def _object(schema: Mapping[str, Any]) -> str:
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    if not properties:
        values = schema.get("additionalProperties")
        of = _type(cast("dict[str, Any]", values)) if isinstance(values, dict) else "unknown"
        return f"Record<string, {of}>"
    required = set(schema.get("required", ()))
    lines = [
        f"{_comment(body, '  ')}  {_key(name)}{'' if name in required else '?'}: {_type(body)};\n"
        for name, body in properties.items()
    ]
    return f"{{\n{''.join(lines)}}}"


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name)


def _comment(schema: Mapping[str, Any], indent: str) -> str:
    text = inspect.cleandoc(str(schema.get("description", "")).replace("*/", "* /"))
    if not text:
        return ""
    lines = text.splitlines()
    if len(lines) == 1:
        return f"{indent}/** {text} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"
