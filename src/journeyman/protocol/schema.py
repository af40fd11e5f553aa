"""The one generator: a JSON Schema of every method, notification and item, made from the method table.

Descriptions are the docstrings of the types and the `Meta` of their fields. The result is the same on every
run; `python -m journeyman.protocol.schema --check` (or `--write`) compares (or renews) the kept copy, and the page
to read that is made of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from journeyman.protocol import jsonrpc
from journeyman.protocol.items import UnknownItem
from journeyman.protocol.methods import CLIENT_REQUESTS
from journeyman.protocol.notifications import CLIENT_NOTIFICATIONS, SERVER_NOTIFICATIONS
from journeyman.protocol.reference_page import reference_page
from journeyman.protocol.rows import Method, NotificationMethod
from journeyman.protocol.server_requests import SERVER_REQUESTS

KEPT_COPY = Path(__file__).parents[3] / "docs" / "protocol.schema.json"
PAGE = KEPT_COPY.with_name("protocol.md")
_USAGE = "usage: python -m journeyman.protocol.schema [--check | --write]\n"


def protocol_schema() -> dict[str, Any]:
    """The whole protocol: a table of methods whose entries refer to the definitions of their types."""
    shapes: list[Any] = [jsonrpc.ErrorObject]
    for method in (*CLIENT_REQUESTS, *SERVER_REQUESTS):
        shapes += [method.params, method.response]
    shapes += [method.params for method in (*CLIENT_NOTIFICATIONS, *SERVER_NOTIFICATIONS)]
    references, definitions = msgspec.json.schema_components(
        shapes, ref_template="#/definitions/{name}"
    )
    ref_of = dict(zip(shapes, references, strict=True))

    def requests(methods: Sequence[Method]) -> dict[str, Any]:
        return {
            method.name: {
                "params": ref_of[method.params],
                "response": ref_of[method.response],
                "stability": method.stability,
                **({"experimental": _wire_names(method)} if method.experimental else {}),
            }
            for method in methods
        }

    def notifications(methods: Sequence[NotificationMethod]) -> dict[str, Any]:
        return {
            method.name: {"params": ref_of[method.params], "stability": method.stability}
            for method in methods
        }

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The Journeyman app-server protocol",
        "clientRequests": requests(CLIENT_REQUESTS),
        "serverRequests": requests(SERVER_REQUESTS),
        "clientNotifications": notifications(CLIENT_NOTIFICATIONS),
        "serverNotifications": notifications(SERVER_NOTIFICATIONS),
        "definitions": definitions,
    }
    return cast("dict[str, Any]", _without_unknown_item(schema))


def _wire_names(method: Method) -> list[str]:
    """Its experimental members as they are on the wire."""
    fields = msgspec.structs.fields(method.params)
    return [field.encode_name for field in fields if field.name in method.experimental]


def schema_text() -> str:
    """The schema as the kept copy holds it."""
    encoded = msgspec.json.encode(protocol_schema(), order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the schema, or check or write the kept copy; the exit code of the program."""
    text = schema_text()
    match list(arguments):
        case []:
            sys.stdout.write(text)
        case ["--write"]:
            KEPT_COPY.parent.mkdir(exist_ok=True)
            for file, content in _kept(text).items():
                file.write_text(content, encoding="utf-8")
        case ["--check"]:
            for file, content in _kept(text).items():
                if not file.exists() or file.read_text(encoding="utf-8") != content:
                    sys.stderr.write(f"{file} is out of date: run this with --write\n")
                    return 1
        case _:
            sys.stderr.write(_USAGE)
            return 2
    return 0


def _kept(text: str) -> dict[Path, str]:
    return {KEPT_COPY: text, PAGE: reference_page(protocol_schema())}


def _without_unknown_item(schema: Any) -> Any:
    """The same schema without the item type that never travels."""
    name = UnknownItem.__name__
    tag = UnknownItem.__struct_config__.tag
    if isinstance(schema, list):
        parts = (_without_unknown_item(part) for part in cast("list[Any]", schema))
        return [part for part in parts if part != {"$ref": f"#/definitions/{name}"}]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_unknown_item(value)
        for key, value in cast("dict[str, Any]", schema).items()
        if key not in {name, tag}
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
