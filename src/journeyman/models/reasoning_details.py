"""Reasoning blocks of routers in the chat dialect: joins what streamed in pieces, changes nothing else.

Source: https://openrouter.ai/docs/use-cases/reasoning-tokens
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_GROWING = ("text", "summary", "data")


def merged_details(pieces: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of one block joined: neighbours of one type and index; texts grow, other fields fill in."""
    blocks: list[list[dict[str, Any]]] = []
    for piece in pieces:
        if blocks and _continues(blocks[-1][-1], piece):
            blocks[-1].append(piece)
        else:
            blocks.append([piece])
    return [_joined(block) for block in blocks]


def _continues(before: dict[str, Any], piece: dict[str, Any]) -> bool:
    if before.get("type") != piece.get("type") or before.get("index") != piece.get("index"):
        return False
    # Encrypted blocks come whole; a signature closes its block.
    return before.get("type") != "reasoning.encrypted" and not before.get("signature")


def _joined(block: list[dict[str, Any]]) -> dict[str, Any]:
    first, *more = block
    whole = dict(first)
    for piece in more:
        whole |= {name: value for name, value in piece.items() if value is not None}
    if more:
        for name in _GROWING:
            texts = [text for piece in block if isinstance(text := piece.get(name), str)]
            whole |= {name: "".join(texts)} if texts else {}
    return whole
