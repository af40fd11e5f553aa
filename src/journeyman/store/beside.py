"""Compares the blobs beside a rollout with what its lines refer to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from journeyman.clock import Clock
from journeyman.store.errors import ThreadBusyError, cannot
from journeyman.store.files import blobs_of
from journeyman.store.restore import BlobReader
from journeyman.store.rollout import Rollout
from journeyman.store.share import references_in
from journeyman.store.spans import Span


class Beside(NamedTuple):
    """What is not as it should be: blobs that are missing or damaged, and files that no line refers to."""

    lost: Sequence[str]
    unused: Sequence[Path]


def size_with_blobs(rollout: Path) -> int:
    """How many bytes `look_beside` reads; what cannot be asked counts nothing."""
    total = 0
    for path in (rollout, *_files_beside(rollout)):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def look_beside(rollout: Path) -> Beside:
    """Read a rollout and all its blobs; raises `StoreError` where it cannot be read."""
    # Files first: one that is written now gets its line afterwards.
    files = {path.name: path for path in _files_beside(rollout)}
    try:
        size = rollout.stat().st_size
    except OSError as error:
        raise cannot("read", rollout, error) from error
    wanted = {ref.sha256: ref for ref in references_in([Span(rollout, 0, size)])}
    blobs = BlobReader([rollout])
    lost = [name for name, ref in wanted.items() if blobs.intact_path(ref) is None]
    return Beside(lost, [path for name, path in files.items() if name not in wanted])


def remove_unused(rollout: Path, clock: Clock) -> int:
    """Remove the blobs that no line refers to, and say how many; none where somebody writes the thread."""
    try:
        writer = Rollout.open(rollout, clock)
    except ThreadBusyError:
        return 0
    removed = 0
    try:
        for path in look_beside(rollout).unused:
            with suppress(OSError):
                path.unlink()
                removed += 1
    finally:
        writer.close()
    return removed


def _files_beside(rollout: Path) -> list[Path]:
    try:
        return sorted(blobs_of(rollout).iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("read", blobs_of(rollout), error) from error
