"""Builds what a model is told: the history as it grows, and the prompt of each step.

The history only ever grows at its end while a thread lives; every item is in the rollout before it is used.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from pathlib import Path

from journeyman.core.fragments import missing_fragments
from journeyman.core.settings import ThreadSettings
from journeyman.models.api import Prompt, ToolSpec
from journeyman.protocol.history import Content, HistoryItem, InputImage, InputText, Message
from journeyman.protocol.items import (
    ImageInput,
    LocalImageInput,
    MentionInput,
    SkillInput,
    TextInput,
    UserInput,
)

# Providers refuse larger pictures anyway, and the text of the request holds them whole.
MAX_IMAGE_BYTES = 20 * 1024 * 1024
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


class InputError(Exception):
    """The user's input cannot be sent; the text says which part and why."""


def build_prompt(
    cache_key: str,
    settings: ThreadSettings,
    history: Sequence[HistoryItem],
    tools: Sequence[ToolSpec],
) -> Prompt:
    """The prompt of the next step."""
    return Prompt(
        instructions=settings.instructions,
        history=history,
        tools=tools,
        settings=settings.model,
        cache_key=cache_key,
    )


def fragments_to_add(
    history: Sequence[HistoryItem], settings: ThreadSettings, now: float
) -> list[Message]:
    """What the history must say before the next user message; `now` in unix seconds."""
    return missing_fragments(history, settings, time.strftime("%Y-%m-%d", time.localtime(now)))


def user_message(parts: Sequence[UserInput]) -> Message:
    """The user's input as the model sees it; raises `InputError` when an image cannot be read."""
    return Message(role="user", content=[_content(part) for part in parts])


def _content(part: UserInput) -> Content:
    match part:
        case TextInput():
            return InputText(part.text)
        case ImageInput():
            return InputImage(part.url, part.detail)
        case LocalImageInput():
            return InputImage(image_data_url(part.path), part.detail)
        case SkillInput() | MentionInput():
            return InputText(f"{part.name} ({part.path})")


def image_data_url(path: str) -> str:
    """The image file as a `data:` URL.

    Raises:
        InputError: the file is missing, unreadable, too large or not a PNG, JPEG, GIF or WebP image.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        message = f"cannot read image {path}: {error.strerror}"
        raise InputError(message) from error
    mime = next((mime for magic, mime in _MAGIC if data.startswith(magic)), None)
    if mime is None:
        message = f"{path} is not a PNG, JPEG, GIF or WebP image"
        raise InputError(message)
    if len(data) > MAX_IMAGE_BYTES:
        message = f"image {path} has {len(data)} bytes; at most {MAX_IMAGE_BYTES} can be sent"
        raise InputError(message)
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def preview_of(parts: Sequence[UserInput]) -> str:
    """The text by which a person recognises the input in a list."""
    return " ".join(part.text for part in parts if isinstance(part, TextInput)).strip()
