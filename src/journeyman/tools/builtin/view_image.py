"""The tool `view_image`: an image file goes to the model as a picture.

Reads what the user may read, as the sandbox lets commands do; what is no image is refused by its first
bytes, so that no other file can leave the machine this way.
"""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.protocol.history import InputImage
from journeyman.protocol.items import ImageViewItem
from journeyman.tools.api import Invocation, Scope, ToolCall, ToolContext, ToolError, ToolOutput
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments

# The smallest limit of the large providers, before base64 makes a third more of it.
_MAX_BYTES = 15 << 20
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"path": {"type": "string", "description": "Path of the file."}},
    "required": ["path"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True):
    path: str


class ViewImageTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = True

    def __init__(self) -> None:
        """Need nothing."""
        self.spec = ToolSpec(
            name="view_image", description=prompt_beside(__file__), parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        path = Path(os.path.normpath(Path(scope.cwd, read_arguments(call, _Arguments).path)))
        if not scope.may_read(str(path)):
            raise ToolError(f"`{path}` may not be read: the user or the project denies it")
        return _View(ImageViewItem(id=call.call_id, path=str(path)), _read_image(path))

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""


class _View:
    """One image, read already."""

    need = None
    mutates = False

    def __init__(self, item: ImageViewItem, image: InputImage) -> None:
        self.item = item
        self._image = image

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        del context
        return ToolOutput(content=[self._image], item=self.item)

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return ToolOutput(content=reason, item=self.item, success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return ToolOutput(content="aborted by user", item=self.item, success=False)


def media_type_of(data: bytes) -> str | None:
    """The media type of an image by its first bytes; None when it is none that models take."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in _MAGIC if data.startswith(magic)), None)


def _read_image(path: Path) -> InputImage:
    try:
        data = _read_file(path)
    except OSError as error:
        raise ToolError(f"unable to locate image at `{path}`: {error.strerror}") from error
    media_type = media_type_of(data)
    if media_type is None:
        raise ToolError(f"`{path}` is not a PNG, JPEG, GIF or WebP image")
    return InputImage(image_url=f"data:{media_type};base64,{b64encode(data).decode()}")


def _read_file(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ToolError(f"image path `{path}` is not a file")
    if status.st_size > _MAX_BYTES:
        raise ToolError(
            f"`{path}` has {status.st_size >> 20} MiB; images may have {_MAX_BYTES >> 20} MiB."
            " Scale it down first"
        )
    return path.read_bytes()
