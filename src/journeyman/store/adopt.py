"""Makes a thread of another program ours: a copy under the same id, so that the foreign file stays as it is.

What the foreign file refers to elsewhere is copied with it. From then on the copy is the thread here; what
the other program adds to its own file stays there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from journeyman.store.errors import StoreError, cannot
from journeyman.store.files import ARCHIVED, SESSIONS, files_of, parse_name, thread_id_of
from journeyman.store.fork import lines_of
from journeyman.store.head import read_meta
from journeyman.store.lines import Line, decode_line
from journeyman.store.share import share_blobs
from journeyman.store.spans import Walk
from journeyman.store.threads import RolloutStore


def own_path(store: RolloutStore, path: Path) -> Path:
    """The file to go on with for the rollout at `path`: itself where it is ours, else our copy of it.

    Raises:
        StoreError: it is no rollout, or cannot be read or copied.
    """
    if not store.is_foreign(path):
        return path
    meta = read_meta(path)
    known = files_of(store.home, meta.id)
    if known:
        return Path(known[-1].path)
    day, time_of_day = meta.timestamp[:10], meta.timestamp[11:19].replace(":", "-")
    folder = store.home / SESSIONS / day.replace("-", "/")
    target = folder / f"rollout-{day}T{time_of_day}-{meta.id}.jsonl"
    if parse_name(str(target)) is None or not folder.is_relative_to(store.home / SESSIONS):
        raise StoreError(f"{path} is no rollout: its id or its time cannot be read")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _copy(store, path, part)
        share_blobs(Walk(path, store.base_of).whole(), target)
        # Fails where another process was faster, whose copy is as good.
        with suppress(FileExistsError):
            os.link(part, target)
    except OSError as error:
        raise cannot("create", target, error) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _copy(store: RolloutStore, source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spans = Walk(source, store.base_of).whole()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
        copy.write(first_line(source))
        for lines in lines_of(spans):
            copy.write(lines)
        copy.flush()
        os.fsync(copy.fileno())
    changed = source.stat().st_mtime_ns
    os.utime(target, ns=(changed, changed))


def first_line(source: Path) -> bytes:
    """The first line for a copy, which holds itself what this one refers to; raises `StoreError`."""
    with source.open("rb") as file:
        line = decode_line(file.readline())
    if line is None:
        raise StoreError(f"{source} is no rollout: its first line cannot be read")
    meta = msgspec.json.decode(line.payload, type=dict[str, Any])
    meta.pop("history_base", None)
    meta["history_mode"] = "legacy"
    payload = msgspec.Raw(msgspec.json.encode(meta))
    return (
        msgspec.json.encode(Line(timestamp=line.timestamp, type=line.type, payload=payload)) + b"\n"
    )


def path_to_resume(store: RolloutStore, thread_id: str, path: Path | None = None) -> Path:
    """The file to go on with, of a thread or at `path`, ours or made so.

    Raises:
        StoreError: there is none, it is archived, or it cannot be made ours.
    """
    own = own_path(store, path or store.path_of(thread_id))
    if own.parent == store.home / ARCHIVED:
        found = thread_id_of(own)
        raise StoreError(
            f"session {found} is archived. Run `jm unarchive {found}` to unarchive it first."
        )
    return own
