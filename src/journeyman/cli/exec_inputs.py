"""Checks what `jm exec` was given to read and write, before anything starts: directories, images, schema, output."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.terminal import is_text
from journeyman.core.context import InputError, image_data_url
from journeyman.protocol.items import LocalImageInput, TextInput, UserInput


def working_directory(base: Path, given: str | None, *, option: str = "-C ") -> Path:
    """The directory of the agent, absolute and without links; raises `CommandError` when it is none."""
    path = (base / (given or "")).resolve()
    if not path.is_dir():
        reason = "is not a directory" if path.exists() else "does not exist"
        raise CommandError(f"{path} {reason}, in {option}{given}: name a directory")
    if not is_text(str(path)):
        shown = os.fsencode(path).decode(errors="backslashreplace")
        message = f"the name of the working directory is not UTF-8, in {shown}: rename it"
        raise CommandError(message)
    return path


def extra_roots(base: Path, given: Sequence[str]) -> list[str]:
    """The directories of --add-dir, absolute; raises `CommandError` when one is none."""
    roots = [(base / directory).resolve() for directory in given]
    for root, directory in zip(roots, given, strict=True):
        if not root.is_dir():
            raise CommandError(
                f"{root} is not a directory, in --add-dir {directory}: create it first"
            )
    return [str(root) for root in roots]


def user_input(base: Path, prompt: str, images: Sequence[str]) -> list[UserInput]:
    """The input of the turn: images first, then the prompt; raises `CommandError` for a bad image."""
    paths = [os.path.normpath(base / image) for image in images]
    for path in paths:
        try:
            image_data_url(path)
        except InputError as error:
            raise CommandError(
                f"{error}, in --image: name an image file that can be read"
            ) from error
    return [*(LocalImageInput(path=path) for path in paths), TextInput(text=prompt)]


def read_schema(base: Path, given: str | None) -> dict[str, Any] | None:
    """The JSON Schema of --output-schema; raises `CommandError` when it is missing or none."""
    if given is None:
        return None
    path = base / given
    where = f"in --output-schema {given}"
    try:
        schema: Any = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        message = (
            f"cannot read the schema file: {error.strerror}, {where}: name a file that can be read"
        )
        raise CommandError(message) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"the schema file is not JSON: {error}, {where}: correct it") from error
    if not isinstance(schema, dict):
        message = (
            f'the schema is not a JSON object, {where}: write one such as {{"type": "object"}}'
        )
        raise CommandError(message)
    return cast("dict[str, Any]", schema)


def open_output(base: Path, given: str | None) -> BinaryIO | None:
    """The file of --output-last-message, emptied; raises `CommandError` when it cannot be written."""
    if given is None:
        return None
    try:
        return io.FileIO(base / given, "w")
    except OSError as error:
        message = f"cannot write: {error.strerror}, in -o {given}: name a file that can be written"
        raise CommandError(message) from error
