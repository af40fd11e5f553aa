"""Images as a model and its service take them.

What is not taken is told in words: sent, it would be refused, and with it every later request of its thread.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import msgspec

from journeyman.models.profiles import ModelProfile
from journeyman.protocol.history import (
    Content,
    CustomToolCallOutput,
    FunctionCallOutput,
    HistoryItem,
    InputImage,
    InputText,
    Message,
)

# What OpenAI and Anthropic take, and most others with them.
COMMON_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[^;,]*)*;base64,(.*)", re.DOTALL)
_MISNAMED = {"image/jpg": "image/jpeg"}


def image_data(image: InputImage) -> tuple[str, str] | None:
    """Media type and base64 data of an image in a `data:` URL; None where it is an address."""
    match = _DATA_URL.fullmatch(image.image_url)
    if match is None:
        return None
    media_type = match[1].lower()
    return _MISNAMED.get(media_type, media_type), match[2]


def with_taken_images(
    history: Sequence[HistoryItem],
    profile: ModelProfile,
    types: Collection[str] = COMMON_TYPES,
) -> list[HistoryItem]:
    """The history with the images that the model takes, of the media types that its service takes.

    An unknown model is believed to take them; addresses pass.
    """

    def taken(part: Content) -> Content:
        if not isinstance(part, InputImage):
            return part
        if profile.known and not profile.images:
            return InputText("(an image was here; this model does not take images)")
        data = image_data(part)
        if data is not None and data[0] not in types:
            return InputText(f"(an image was here; {data[0]} is not taken)")
        return part

    def fitted(item: HistoryItem) -> HistoryItem:
        match item:
            case Message(content=content):
                return msgspec.structs.replace(item, content=[taken(part) for part in content])
            case FunctionCallOutput(output=[*parts]) | CustomToolCallOutput(output=[*parts]):
                return msgspec.structs.replace(item, output=[taken(part) for part in parts])
            case _:
                return item

    return [fitted(item) if _has_images(item) else item for item in history]


def _has_images(item: HistoryItem) -> bool:
    parts: str | list[Content] = ""
    if isinstance(item, Message):
        parts = item.content
    elif isinstance(item, FunctionCallOutput | CustomToolCallOutput):
        parts = item.output
    return any(isinstance(part, InputImage) for part in parts)
