"""The head of a rollout: what a list shows, from the first bytes of the file and its mtime."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from journeyman.protocol.items import FunctionCallOutputItem, TextInput, UserMessageItem
from journeyman.store.errors import StoreError, cannot
from journeyman.store.lines import ItemLine, Line, SessionMeta, decode_line
from journeyman.store.upcast import read_item

# Instructions and context fragments come before the first words of the user; 100 KiB is seen in practice.
HEAD_BYTES = 512 * 1024
PREVIEW_CHARS = 1000


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout as a list shows it.

    Attributes:
        path: the file.
        meta: its first line.
        preview: the beginning of the first thing the user said.
        has_input: whether the user said anything in what was read.
        is_whole: whether all of the file was read.
        updated_at: instant of the last change in unix seconds.
    """

    path: Path
    meta: SessionMeta
    preview: str
    has_input: bool
    is_whole: bool
    updated_at: int


class _Said(msgspec.Struct, frozen=True):
    """An event, with its text where it is a message."""

    type: str
    message: str = ""


def read_head(path: Path) -> Head:
    """Read at most `HEAD_BYTES` of a rollout; raises `StoreError` where it is none."""
    said: str | None = None
    is_whole = False
    try:
        with path.open("rb") as file:
            updated_at = int(os.fstat(file.fileno()).st_mtime)
            meta = meta_of(path, decode_line(file.readline(HEAD_BYTES)))
            while said is None and (left := HEAD_BYTES - file.tell()) > 0:
                raw = file.readline(left)
                if not raw:
                    is_whole = True
                    break
                line = decode_line(raw)
                said = said_in(line) if line else None
    except OSError as error:
        raise cannot("read", path, error) from error
    return Head(
        path=path,
        meta=meta,
        preview=said or "",
        has_input=said is not None,
        is_whole=is_whole,
        updated_at=updated_at,
    )


def read_meta(path: Path) -> SessionMeta:
    """The first line of a rollout; raises `StoreError` where there is none."""
    try:
        with path.open("rb") as file:
            return meta_of(path, decode_line(file.readline()))
    except OSError as error:
        raise cannot("read", path, error) from error


def meta_of(path: Path, first: Line | None) -> SessionMeta:
    """Read the first line; raises `StoreError` where it is not what begins a rollout."""
    try:
        if first is not None and first.type == "session_meta":
            return msgspec.json.decode(first.payload, type=SessionMeta)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is no rollout: its first line: {error}") from error
    raise StoreError(
        f"{path} is no rollout: its first line is not `session_meta`; restore it from a backup, or remove it"
    )


def said_in(line: Line) -> str | None:
    """The beginning of what the user says in this line; None where it is something else."""
    if line.type not in {"event_msg", "item_started", "item_completed"}:
        return None
    try:
        if line.type == "event_msg":
            said = msgspec.json.decode(line.payload, type=_Said)
            if said.type == "user_message":
                return said.message[:PREVIEW_CHARS]
        return preview_of(read_item(msgspec.json.decode(line.payload, type=ItemLine).item))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def preview_of(item: object) -> str | None:
    """The beginning of what a user says or an outside tool reports; None for any other item."""
    if isinstance(item, FunctionCallOutputItem):
        return item.output[:PREVIEW_CHARS] if isinstance(item.output, str) else item.name
    if not isinstance(item, UserMessageItem):
        return None
    texts = [part.text for part in item.content if isinstance(part, TextInput)]
    return "\n".join(texts)[:PREVIEW_CHARS]
