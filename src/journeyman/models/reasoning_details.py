"""Reasoning blocks of routers in the chat dialect: joins what streamed in pieces, changes nothing else.

Source: https://openrouter.ai/docs/use-cases/reasoning-tokens
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from journeyman.models.answers import string

_GROWING = ("text", "summary", "data")


def merged_details(pieces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of one block joined: neighbours of one type and index; texts grow, other fields fill in."""
    whole: list[dict[str, Any]] = []
    for piece in pieces:
        if whole and _continues(whole[-1], piece):
            whole[-1] = _joined(whole[-1], piece)
        else:
            whole.append(dict(piece))
    return whole


def _continues(block: dict[str, Any], piece: dict[str, Any]) -> bool:
    if block.get("type") != piece.get("type") or block.get("index") != piece.get("index"):
        return False
    # Encrypted blocks come whole; a signature closes its block.
    return block.get("type") != "reasoning.encrypted" and not block.get("signature")


def _joined(block: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    grown = {
        name: string(block.get(name)) + piece[name]
        for name in _GROWING
        if isinstance(piece.get(name), str)
    }
    filled = {name: value for name, value in piece.items() if value is not None}
    return {**block, **filled, **grown}
