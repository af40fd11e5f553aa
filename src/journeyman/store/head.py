"""The head of a rollout: what a list shows, from the first bytes of the file and its mtime."""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.protocol.items import TextInput, UserMessageItem
from journeyman.store.errors import StoreError, cannot
from journeyman.store.lines import ItemLine, Line, SessionMeta, decode_line
from journeyman.store.upcast import read_item

# Instructions and context fragments come before the first words of the user; 100 KiB is seen in practice.
HEAD_BYTES = 512 * 1024
PREVIEW_CHARS = 1000


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout as a list shows it; `updated_at` in unix seconds."""

    path: Path
    meta: SessionMeta
    preview: str
    updated_at: int


class _Said(msgspec.Struct, frozen=True):
    """An event, with its text where it is a message."""

    type: str
    message: str = ""


def read_head(path: Path) -> Head:
    """Read at most `HEAD_BYTES` of a rollout; raises `StoreError` where it is none."""
    meta: SessionMeta | None = None
    preview = ""
    try:
        with path.open("rb") as file:
            updated_at = int(path.stat().st_mtime)
            while not preview and (left := HEAD_BYTES - file.tell()) > 0:
                raw = file.readline(left)
                if not raw:
                    break
                line = decode_line(raw)
                if meta is None:
                    meta = meta_of(path, line)
                elif line is not None:
                    preview = said_in(line)
    except OSError as error:
        raise cannot("read", path, error) from error
    if meta is None:
        raise StoreError(f"{path} is no rollout: it is empty")
    return Head(path=path, meta=meta, preview=preview, updated_at=updated_at)


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
    raise StoreError(f"{path} is no rollout: its first line is not `session_meta`")


def said_in(line: Line) -> str:
    """The beginning of what the user says in this line; empty where it is something else."""
    if line.type not in {"event_msg", "item_started", "item_completed"}:
        return ""
    try:
        if line.type == "event_msg":
            said = msgspec.json.decode(line.payload, type=_Said)
            if said.type == "user_message":
                return said.message[:PREVIEW_CHARS]
        return preview_of(read_item(msgspec.json.decode(line.payload, type=ItemLine).item))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def preview_of(item: object) -> str:
    """The beginning of a user message item's text; empty for any other item."""
    if not isinstance(item, UserMessageItem):
        return ""
    texts = [part.text for part in item.content if isinstance(part, TextInput)]
    return "\n".join(texts)[:PREVIEW_CHARS]
