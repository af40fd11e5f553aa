"""Structured output where a service takes no schema: the model is told in words."""

from __future__ import annotations

from typing import Any

import msgspec


def in_words(schema: dict[str, Any]) -> str:
    """What follows the instructions."""
    text = msgspec.json.encode(schema).decode()
    return f"\n\nYour last message is JSON that fits this schema: {text}"
