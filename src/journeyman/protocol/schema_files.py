"""The protocol as files for other programs: a JSON Schema a type, and TypeScript; both made from the one schema.

The layout is the reference's: `v2/<Type>.json` holds a type with all that it refers to, `ClientRequest.json` and
its like hold what may be sent which way. What is experimental is left out unless it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from journeyman.protocol.schema import protocol_schema
from journeyman.protocol.typescript import declaration, references

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WAYS = {
    "ClientRequest": "clientRequests",
    "ServerRequest": "serverRequests",
    "ClientNotification": "clientNotifications",
    "ServerNotification": "serverNotifications",
}
_ALL = "app_server_protocol.schemas.json"
_ID = {"anyOf": [{"type": "string"}, {"type": "integer"}]}


def json_schema_files(*, experimental: bool) -> dict[str, str]:
    """The JSON Schema files by their path below the folder; the same on every run."""
    schema = _offered(experimental=experimental)
    definitions: dict[str, Any] = schema["definitions"]
    files = {
        f"v2/{name}.json": _text({"title": name, **_whole(name, definitions)})
        for name in definitions
    }
    for title, way in _WAYS.items():
        messages = [_message(name, row) for name, row in schema[way].items()]
        union = {"title": title, "oneOf": messages}
        files[f"{title}.json"] = _text(
            {**union, "definitions": _closure(references(messages), definitions)}
        )
    files[_ALL] = _text({"title": schema["title"], "definitions": definitions})
    return files


def typescript_files(*, experimental: bool) -> dict[str, str]:
    """The TypeScript files by their path below the folder; the same on every run."""
    schema = _offered(experimental=experimental)
    definitions: dict[str, Any] = schema["definitions"]
    files = {f"v2/{name}.ts": declaration(name, body) for name, body in definitions.items()}
    for title, way in _WAYS.items():
        messages = [_message(name, row) for name, row in schema[way].items()]
        files[f"{title}.ts"] = declaration(title, {"anyOf": messages}, folder="./v2/")
    names = [*(f"./{title}" for title in _WAYS), *(f"./v2/{name}" for name in definitions)]
    files["index.ts"] = "".join(f'export type * from "{name}";\n' for name in names)
    return files


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write them below `folder`, which is made; raises `OSError`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _offered(*, experimental: bool) -> dict[str, Any]:
    """The schema, without what is experimental unless it is wanted, and without what nobody refers to then."""
    schema = protocol_schema()
    if not experimental:
        _leave_out_members(schema)
    for way in _WAYS.values():
        rows = cast("dict[str, dict[str, Any]]", schema[way])
        schema[way] = {
            name: row for name, row in rows.items() if experimental or row["stability"] == "stable"
        }
    used = [schema[way] for way in _WAYS.values()]
    schema["definitions"] = _closure(references(used), schema["definitions"])
    return schema


def _leave_out_members(schema: dict[str, Any]) -> None:
    """Take the experimental members out of the params that have some."""
    definitions: dict[str, Any] = schema["definitions"]
    for row in schema["clientRequests"].values():
        for member in row.get("experimental", ()):
            [name] = references(row["params"])
            del definitions[name]["properties"][member]


def _whole(name: str, definitions: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = definitions[name]
    needed = _closure(references(body), definitions)
    return {**body, "definitions": needed} if needed else body


def _message(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    is_request = "response" in row
    properties: dict[str, Any] = {"id": _ID} if is_request else {}
    properties |= {"method": {"const": name}, "params": row["params"]}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _closure(names: Iterable[str], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions of these names and of all that they refer to, sorted."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(definitions[name])
    return {name: definitions[name] for name in sorted(found)}


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps({"$schema": _DRAFT, **schema}, indent=2, ensure_ascii=False) + "\n"
