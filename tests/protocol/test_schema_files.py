"""The protocol as files: whole, closed in itself, readable by TypeScript, true of what travels."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from journeyman.protocol.methods import CLIENT_REQUESTS
from journeyman.protocol.schema_files import json_schema_files, typescript_files
from journeyman.protocol.typescript import declaration


def loaded(*, experimental: bool) -> dict[str, dict[str, Any]]:
    files = json_schema_files(experimental=experimental)
    return {name: json.loads(text) for name, text in files.items()}


def test_every_method_has_its_params_as_a_file_that_refers_to_nothing_else() -> None:
    files = loaded(experimental=True)
    for method in CLIENT_REQUESTS:
        schema = files[f"v2/{method.params.__name__}.json"]
        used = re.findall(r'"#/definitions/(\w+)"', json.dumps(schema))
        assert set(used) <= set(schema.get("definitions", {}))
    # What the published Python SDK looks for before it sends newer members.
    assert {"toolOutput", "turnTrigger"} <= set(files["v2/TurnStartParams.json"]["properties"])
    assert "excludeTurns" in files["v2/ThreadResumeParams.json"]["properties"]
    assert "excludeTurns" in files["v2/ThreadForkParams.json"]["properties"]


def test_experimental_methods_are_only_there_when_asked_for() -> None:
    def methods(*, experimental: bool) -> set[str]:
        union = loaded(experimental=experimental)["ClientRequest.json"]["oneOf"]
        return {message["properties"]["method"]["const"] for message in union}

    every = {method.name for method in CLIENT_REQUESTS}
    stable = {method.name for method in CLIENT_REQUESTS if method.stability == "stable"}
    assert methods(experimental=True) == every
    assert methods(experimental=False) == stable
    assert "v2/ThreadSearchParams.json" not in loaded(experimental=False)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "number | null"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"type": "array", "items": {"$ref": "#/definitions/Other"}}, "Array<Other>"),
        ({"type": "array"}, "Array<unknown>"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "Record<string, number>"),
        ({}, "unknown"),
        (
            {
                "type": "object",
                "properties": {"type": {"const": "x"}, "a-b": {"type": "boolean"}},
                "required": ["type"],
            },
            '{\n  type: "x";\n  "a-b"?: boolean;\n}',
        ),
    ],
)
def test_typescript_says_what_the_schema_says(schema: dict[str, Any], text: str) -> None:
    assert declaration("One", schema).endswith(f"export type One = {text};\n")


def test_typescript_files_import_only_what_there_is() -> None:
    files = typescript_files(experimental=True)
    for name, text in files.items():
        for target in re.findall(r'from "\./(?:v2/)?(\w+)"', text):
            assert f"v2/{target}.ts" in files or f"{target}.ts" in files, (name, target)
