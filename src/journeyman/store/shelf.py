"""Moves threads out of the way and back, and removes them; a thread that somebody writes stays where it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from journeyman.clock import Clock
from journeyman.store.errors import StoreError, ThreadNotFoundError, cannot
from journeyman.store.files import ARCHIVED, SESSIONS, RolloutFile, blobs_of, files_of
from journeyman.store.rollout import Rollout
from journeyman.store.threads import RolloutStore


class Shelf:
    """Archives and deletes the threads of a store."""

    def __init__(self, store: RolloutStore, clock: Clock) -> None:
        """Work on this store's own home; foreign ones are left alone."""
        self._store = store
        self._clock = clock

    def archive(self, thread_id: str) -> None:
        """Move a thread to the archive; raises `StoreError` where there is none, or somebody writes it."""
        folder = self._store.home / ARCHIVED
        self._each(thread_id, archived=False, act=lambda file: _move(file, folder))

    def unarchive(self, thread_id: str) -> None:
        """Move a thread back; raises `StoreError` where the archive has none of this id."""
        sessions = self._store.home / SESSIONS
        self._each(
            thread_id,
            archived=True,
            act=lambda file: _move(file, sessions / file.began[:10].replace("-", "/")),
        )

    def delete(self, thread_id: str) -> None:
        """Remove a thread, archived or not, with its marks, for good; raises `StoreError` as `archive` does."""
        self._each(thread_id, archived=None, act=_remove)
        self._store.marks.forget(thread_id)

    def _each(
        self, thread_id: str, *, archived: bool | None, act: Callable[[RolloutFile], None]
    ) -> None:
        """Do it to all files of a thread, the newest last, so that a part of it is never taken for the whole."""
        folder = str(self._store.home / ARCHIVED)
        files = [
            file
            for file in files_of(self._store.home, thread_id)
            if archived is None or (str(Path(file.path).parent) == folder) == archived
        ]
        if not files:
            kind = "archived rollout" if archived else "rollout"
            raise ThreadNotFoundError(f"no {kind} found for thread id {thread_id}")
        # Whoever holds the newest file writes the thread.
        writer = Rollout.open(Path(files[-1].path), self._clock)
        try:
            for file in files:
                act(file)
        finally:
            writer.close()


def _move(file: RolloutFile, folder: Path) -> None:
    source = Path(file.path)
    target = folder / source.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise StoreError(f"cannot move {source}: {target} is in the way")
        blobs = blobs_of(source)
        if blobs.is_dir():
            blobs.rename(blobs_of(target))
        source.rename(target)
    except OSError as error:
        raise cannot("move", source, error) from error


def _remove(file: RolloutFile) -> None:
    source = Path(file.path)
    try:
        # Last what the thread is found by, so that a deletion which breaks off can be repeated.
        if blobs_of(source).is_dir():
            shutil.rmtree(blobs_of(source))
        source.unlink()
    except OSError as error:
        raise cannot("delete", source, error) from error
