# ruff: noqa: PTH118, PTH208 -- paths are bytes, for which pathlib has no place
"""Forgets old checkpoints and the objects that only they needed; never while a turn runs.

The lock is held. Killed at any point nothing that a kept checkpoint needs is gone: the log is replaced
first, git removes only what no reference reaches, and references are written from the log.
"""

from __future__ import annotations

import os
from pathlib import Path

from journeyman.workspace.checkpoints.folder import Folder
from journeyman.workspace.checkpoints.git import StoreGit
from journeyman.workspace.checkpoints.git_dirs import kept_directory
from journeyman.workspace.checkpoints.records import Checkpoint, Limits, bytes_of

_DAY_MS = 86_400_000
# Objects are spread evenly over 256 directories; one stands for all.
_SAMPLE, _MANY_LOOSE, _MANY_PACKS = "17", 30, 40
_REPACK = """
git repack -a -d -q --window=0 || exit
git prune --expire=now
"""
# The permissions that mark a kept object as gone from its repository, since its time of change.
_GONE_MODE = 0o400


async def tidy(folder: Folder, git: StoreGit, limits: Limits, now_ms: int) -> None:
    """Keep to the limits; cheap when there is nothing to do."""
    records = folder.records()
    kept = _within_limits(records, limits, now_ms)
    if _packed_bytes(folder) > limits.keep_bytes:
        kept = kept[len(kept) // 2 :]
    if len(kept) < len(records):
        folder.replace_records(kept)
    elif not _is_scattered(folder):
        return
    _write_references(folder, kept)
    await git.run(_REPACK)
    if kept:
        _forget_objects(folder, kept[0].at_ms / 1000)


def _within_limits(records: list[Checkpoint], limits: Limits, now_ms: int) -> list[Checkpoint]:
    """What stays; a few too many are let be, so that not every turn's end has work to do."""
    oldest_ms = now_ms - limits.keep_days * _DAY_MS
    kept = [record for record in records if record.at_ms >= oldest_ms][-limits.keep_count :]
    slack = max(1, limits.keep_count // 10)
    return kept if len(records) - len(kept) >= slack else records


def _is_scattered(folder: Folder) -> bool:
    objects = folder.git_dir / "objects"
    loose = objects / _SAMPLE
    if loose.is_dir() and len(os.listdir(loose)) > _MANY_LOOSE:
        return True
    pack = objects / "pack"
    return pack.is_dir() and sum(name.endswith(".pack") for name in os.listdir(pack)) > _MANY_PACKS


def _write_references(folder: Folder, kept: list[Checkpoint]) -> None:
    names: dict[str, str] = {}
    for record in kept:
        names[f"refs/checkpoints/{record.id}/tree"] = record.tree
        names[f"refs/checkpoints/{record.id}/extra"] = record.extra
    state = folder.load_state()
    if state is not None and state.tree:
        names["refs/checkpoints/state/tree"] = state.tree
        names["refs/checkpoints/state/extra"] = state.extra
    lines = ["# pack-refs with: sorted \n", *(f"{names[name]} {name}\n" for name in sorted(names))]
    temporary = folder.git_dir / "packed-refs.new"
    temporary.write_text("".join(lines))
    temporary.replace(folder.git_dir / "packed-refs")


def _forget_objects(folder: Folder, oldest_seconds: float) -> None:
    """Of the kept objects, remove those that had left their repository before the oldest checkpoint."""
    state = folder.load_state()
    if state is None:
        return
    for name in state.manifest.objects:
        source = os.path.join(os.fsencode(folder.root), bytes_of(name))
        for path in kept_directory(folder, name).glob("*/*"):
            in_repository = os.path.join(source, os.fsencode(f"{path.parent.name}/{path.name}"))
            if not os.path.lexists(in_repository):
                _forget_object(path, oldest_seconds)


def _forget_object(path: Path, oldest_seconds: float) -> None:
    status = path.stat()
    is_marked = status.st_mode & 0o777 == _GONE_MODE
    if not is_marked:
        path.chmod(_GONE_MODE)
        os.utime(path)
    elif status.st_mtime < oldest_seconds:
        path.unlink()


def _packed_bytes(folder: Folder) -> int:
    """The size of the packs, which is nearly all: loose objects become packs when they are many."""
    pack = folder.git_dir / "objects" / "pack"
    return sum(path.stat().st_size for path in pack.iterdir()) if pack.is_dir() else 0
