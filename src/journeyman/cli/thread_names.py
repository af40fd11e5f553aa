"""Finds the thread that a person means: by id, by the beginning of one, by name, or the newest one."""

from __future__ import annotations

import re

from journeyman.cli.errors import CommandError
from journeyman.store.errors import StoreError
from journeyman.store.head import read_head
from journeyman.store.threads import RolloutStore

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# Shorter ones are more likely words.
_BEGINNING = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]{3,35}")


def find_thread(store: RolloutStore, wanted: str | None, *, cwd: str | None) -> str:
    """The id of the thread.

    Args:
        store: where the threads are.
        wanted: an id, the beginning of one, or a name; None means the one that changed last.
        cwd: for the newest one, the directory it was begun in; None means any.

    Raises:
        CommandError: there is none.
    """
    if wanted is None:
        return _newest(store, cwd)
    if _ID.fullmatch(wanted):
        return wanted.lower()
    found = store.names.find(wanted)
    if found is not None:
        return found
    beginning = store.lists().find(wanted.lower()) if _BEGINNING.fullmatch(wanted) else []
    if len(beginning) > 1:
        raise CommandError(f"more than one thread's id begins with {wanted}: give more of it")
    if not beginning:
        raise CommandError(
            f"no thread is named {wanted!r}, in {store.home}: `jm threads --all` lists all"
        )
    return beginning[0].id


def _newest(store: RolloutStore, cwd: str | None) -> str:
    path = store.latest(cwd)
    if path is None:
        where, fix = (
            ("any directory", "start one with jm exec") if cwd is None else (cwd, "add --all")
        )
        raise CommandError(f"there is no thread to resume, in {where}: {fix}")
    try:
        return read_head(path).meta.id
    except StoreError as error:
        raise CommandError(str(error)) from error
