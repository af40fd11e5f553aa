"""The generated schema: kept up to date, complete, described, and true of what is sent."""

from __future__ import annotations

from typing import Any, cast

from journeyman.protocol.methods import NOTIFICATION_BY_NAME, REQUEST_BY_NAME
from journeyman.protocol.schema import KEPT_COPY, PAGE, main, protocol_schema, schema_text


def test_kept_copy_is_what_the_generator_makes() -> None:
    assert KEPT_COPY.read_text(encoding="utf-8") == schema_text()
    assert main(["--check"]) == 0
    assert main(["--no-such-flag"]) == 2


def test_schema_lists_every_method_and_describes_every_type() -> None:
    schema = protocol_schema()
    requests = schema["clientRequests"].keys() | schema["serverRequests"].keys()
    notes = schema["clientNotifications"].keys() | schema["serverNotifications"].keys()
    assert (requests, notes) == (REQUEST_BY_NAME.keys(), NOTIFICATION_BY_NAME.keys())
    silent = [name for name, shape in schema["definitions"].items() if not shape.get("description")]
    assert silent == []


def test_page_names_every_method_with_its_words_and_members() -> None:
    page = PAGE.read_text(encoding="utf-8")
    silent = [
        name
        for name in (*REQUEST_BY_NAME, *NOTIFICATION_BY_NAME)
        if f"- `{name}`: " not in page and f"- `{name}` (experimental): " not in page
    ]
    assert silent == ["initialized"]
    assert (
        "- `thread/name/set`: Name a thread; blanks around the name are dropped.\n"
        "  - params `ThreadSetNameParams`: `threadId`, `name`\n"
        "  - result `{}`\n"
    ) in page


def test_every_reference_leads_to_a_definition_that_may_travel() -> None:
    schema = protocol_schema()
    names = {name.rsplit("/", 1)[1] for name in references(schema)}
    assert names <= schema["definitions"].keys()
    assert "UnknownItem" not in schema_text()
    assert "journeyman/unknown" not in schema_text()


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        members = cast("dict[str, Any]", part)
        found = [str(value) for key, value in members.items() if key == "$ref"]
        return found + [name for value in members.values() for name in references(value)]
    if isinstance(part, list):
        return [name for value in cast("list[Any]", part) for name in references(value)]
    return [part] if isinstance(part, str) and part.startswith("#/definitions/") else []
