"""The wire dialects by the names that `wire_api` has for them; one is imported when it is spoken."""

from __future__ import annotations

import importlib

from journeyman.models.transport import Dialect

# name -> (module, class)
_DIALECTS = {
    "chat": ("journeyman.models.openai_chat", "ChatDialect"),
    "gemini": ("journeyman.models.google_generate", "GenerateDialect"),
    "messages": ("journeyman.models.anthropic_messages", "MessagesDialect"),
    "responses": ("journeyman.models.openai_responses", "ResponsesDialect"),
}
DIALECT_NAMES = tuple(_DIALECTS)


def dialect_named(wire_api: str) -> Dialect:
    """The dialect of one of `DIALECT_NAMES`."""
    module, name = _DIALECTS[wire_api]
    dialect: type[Dialect] = getattr(importlib.import_module(module), name)
    return dialect()
