"""What a tool of an MCP server answered, as the model reads it. Pure and bounded.

Blocks are those of the specification, as JSON values: text, image, audio, resource, resource_link.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from journeyman.protocol.history import Content, InputImage, InputText

_BYTES_A_TOKEN = 4
# Larger pictures are refused by providers, and cost the history more than they tell.
_MAX_IMAGE_CHARS = 8 << 20
_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def content_for_model(
    blocks: Sequence[Mapping[str, Any]], structured: Any, *, seconds: float, max_tokens: int
) -> list[Content]:
    """The blocks as content, the texts together at most `max_tokens` long, their heads and tails kept."""
    parts: list[Content] = [InputText(f"Wall time: {seconds:.4f} seconds\nOutput:")]
    texts = [text for block in blocks if (text := _text_of(block)) is not None]
    if not texts and structured is not None:
        texts = [msgspec.json.encode(structured).decode()]
    share = max(1, max_tokens * _BYTES_A_TOKEN // max(1, len(texts)))
    parts += [InputText(_bounded(text, share)) for text in texts]
    parts += [image for block in blocks if (image := _image_of(block)) is not None]
    return parts


def _text_of(block: Mapping[str, Any]) -> str | None:
    """The block in words; None for a picture that the model can see."""
    words = f"[a block of type {block.get('type')!r}, not shown]"
    match block:
        case {"type": "text", "text": str(text)}:
            words = text
        case {"type": "image"}:
            return None if _image_of(block) else "[an image that cannot be shown]"
        case {"type": "audio", "mimeType": str(kind)}:
            words = f"[audio, {kind}, not shown]"
        case {"type": "resource", "resource": {"text": str(text), "uri": str(uri)}}:
            words = f"{uri}:\n{text}"
        case {"type": "resource", "resource": {"uri": str(uri)}}:
            words = f"[{uri}: binary, not shown]"
        case {"type": "resource_link", "uri": str(uri)}:
            words = f"[resource {block.get('name') or ''} {uri}]"
        case _:
            pass
    return words


def _image_of(block: Mapping[str, Any]) -> InputImage | None:
    if block.get("type") != "image":
        return None
    data, kind = block.get("data"), block.get("mimeType")
    if not isinstance(data, str) or kind not in _IMAGE_TYPES or len(data) > _MAX_IMAGE_CHARS:
        return None
    return InputImage(f"data:{kind};base64,{data}")


def _bounded(text: str, limit_bytes: int) -> str:
    data = text.encode(errors="replace")
    if len(data) <= limit_bytes:
        return text
    half = limit_bytes // 2
    head, tail = data[:half].decode(errors="ignore"), data[-half:].decode(errors="ignore")
    left_out = math.ceil((len(data) - 2 * half) / _BYTES_A_TOKEN)
    return f"{head}\n[... about {left_out} tokens left out ...]\n{tail}"
