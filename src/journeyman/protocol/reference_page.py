"""The protocol as a page to read, made from the one schema: every message by resource, what it carries, what it is for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Any

from journeyman.protocol.unsupported import NOT_SENT, UNSUPPORTED

_HEAD = """# The protocol

What `jm app-server` speaks: JSON objects without a `jsonrpc` member, one a line over stdio and sockets, one a text frame
over a WebSocket. A client sends `initialize`, then `initialized`, and then whatever it wants; answers carry the id of
their request in the type it had. Shapes are those of the Codex app-server where both have a method; what begins with
`journeyman/` is our own, and such notifications reach only clients whose capabilities say `journeymanExtensions`. What
is *experimental* needs `experimentalApi`. A member with `?` may be left out; members that a reader does not know are to be ignored.

This page is written by `python -m journeyman.protocol.schema --write`; the types in full are in
[protocol.schema.json](protocol.schema.json), and `jm app-server generate-json-schema` or `generate-ts` writes them as files.
"""
_WAYS = (
    ("clientRequests", "Requests of a client"),
    ("serverRequests", "Questions of the server, which a client answers"),
    ("clientNotifications", "Notifications of a client"),
    ("serverNotifications", "Notifications of the server"),
)
_NOTHING = "Empty"


def reference_page(schema: Mapping[str, Any]) -> str:
    """The page for what `protocol_schema` returns; the same on every run."""
    lines = [_HEAD]
    for way, title in _WAYS:
        lines.append(f"## {title}\n")
        rows: Mapping[str, Mapping[str, Any]] = schema[way]
        for resource, names in groupby(sorted(rows), key=lambda name: name.split("/")[0]):
            lines.append(f"### {resource}\n")
            lines += [_entry(name, rows[name], schema["definitions"]) for name in names]
            lines.append("")
    lines.append("## Methods of the reference that are not here\n")
    lines += [f"- `{_pattern(prefix)}`: {why}" for prefix, why in sorted(UNSUPPORTED.items())]
    lines.append("\n## What the reference sends and this server never does\n")
    lines += [f"- `{_pattern(prefix)}`: {why}" for prefix, why in sorted(NOT_SENT.items())]
    return "\n".join(lines) + "\n"


def _entry(name: str, row: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    params, response = _type(row["params"]), _type(row["response"]) if "response" in row else None
    told = response if params == _NOTHING and response not in {None, _NOTHING} else params
    mark = " (experimental)" if row["stability"] == "experimental" else ""
    said = "" if told == _NOTHING else f": {_first_sentence(definitions[told or params])}"
    lines = [f"- `{name}`{mark}{said}"]
    if params != _NOTHING:
        experimental = row.get("experimental", ())
        lines.append(f"  - params {_members(params, definitions, experimental)}")
    if response is not None:
        lines.append(f"  - result {_members(response, definitions)}")
    return "\n".join(lines)


def _type(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[1]


def _members(name: str, definitions: Mapping[str, Any], experimental: Collection[str] = ()) -> str:
    shape: Mapping[str, Any] = definitions[name]
    if not shape["properties"]:
        return "`{}`"
    required = set(shape.get("required", ()))
    members = [
        f"`{member}`{'' if member in required else '?'}{' (experimental)' if member in experimental else ''}"
        for member in shape["properties"]
    ]
    return f"`{name}`: {', '.join(members)}"


def _first_sentence(shape: Mapping[str, Any]) -> str:
    paragraph = " ".join(str(shape["description"]).split("\n\n")[0].split())
    return paragraph.split(". ")[0].removesuffix(".") + "."


def _pattern(prefix: str) -> str:
    return f"{prefix}*" if prefix.endswith("/") else prefix
