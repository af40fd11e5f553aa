from __future__ import annotations

import os
from typing import Any

import pytest

from journeyman.protocol.history import InputImage
from journeyman.protocol.items import ImageViewItem
from journeyman.tools.api import ToolError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
async def test_image_goes_to_the_model_by_its_first_bytes(
    fake: Any, data: bytes, media_type: str
) -> None:
    bench = fake()
    (bench.project / "picture.txt").write_bytes(data)
    output = await bench.call("view_image", path="picture.txt")
    (image,) = output.content
    assert isinstance(image, InputImage)
    assert image.image_url.startswith(f"data:{media_type};base64,")
    assert output.item == ImageViewItem(id="c1", path=f"{bench.project}/picture.txt")


def test_what_is_no_image_is_refused(fake: Any) -> None:
    bench = fake()
    (bench.project / "text.png").write_text("text")
    (bench.project / "empty.png").touch()
    (bench.project / "dir.png").mkdir()
    os.mkfifo(bench.project / "pipe.png")
    with (bench.project / "huge.png").open("wb") as file:
        file.truncate(16 << 20)
    for path, text in (
        ("nope.png", "unable to locate image at `.*/nope.png`: No such file or directory"),
        ("text.png", "is not a PNG, JPEG, GIF or WebP image"),
        ("empty.png", "is not a PNG, JPEG, GIF or WebP image"),
        ("dir.png", "is not a file"),
        ("pipe.png", "is not a file"),
        ("huge.png", "has 16 MiB; images may have 15 MiB"),
    ):
        with pytest.raises(ToolError, match=text):
            bench.prepare("view_image", path=path)
