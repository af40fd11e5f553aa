"""Checks of the recorded threads, and of the index that lists them; with --repair the index is made anew."""

from __future__ import annotations

from pathlib import Path

from journeyman.cli.doctor.report import Finding
from journeyman.cli.doctor.surroundings import Surroundings
from journeyman.cli.stores import rollout_store
from journeyman.clock import SystemClock
from journeyman.store.beside import look_beside, remove_unused, size_with_blobs
from journeyman.store.errors import StoreError
from journeyman.store.files import ARCHIVED, SESSIONS
from journeyman.store.index import INDEX_FILE

_ROLLOUTS = "rollout-*.jsonl"
_MOST_NAMED = 20
# Some seconds.
_MOST_READ_BYTES = 4 << 30


def rollouts(at: Surroundings) -> Finding:
    """How many threads are recorded."""
    counts = {folder: _count(at.home / folder) for folder in ("sessions", "archived_sessions")}
    total = sum(counts.values())
    details = {folder: str(count) for folder, count in counts.items()}
    return Finding(status="ok", summary=f"{total} recorded threads", details=details)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.rglob(_ROLLOUTS)) if folder.is_dir() else 0


def blobs(at: Surroundings) -> Finding:
    """Whether what is kept beside threads is there and as it was; --repair removes what nothing refers to."""
    lost: list[str] = []
    unused = unread = read_bytes = 0
    for path in _newest_first(at.home):
        try:
            read_bytes += size_with_blobs(path)
            if read_bytes > _MOST_READ_BYTES:
                unread += 1
                continue
            beside = look_beside(path)
            lost += [f"{path.name}: {name}" for name in beside.lost]
            if beside.unused:
                unused += remove_unused(path, SystemClock()) if at.repair else len(beside.unused)
        except StoreError as error:
            lost.append(str(error))
    details = {
        "removed, as nothing refers to them" if at.repair else "not referred to": str(unused),
        "threads not looked at, to be quick": str(unread),
    }
    if lost:
        return Finding(
            status="warning",
            summary=f"{len(lost)} blobs beside threads are missing or damaged",
            details={**details, "missing or damaged": ", ".join(lost[:_MOST_NAMED])},
            remediation="restore them from a backup of the home folder;"
            " without them these items show their beginning and end only",
        )
    return Finding(status="ok", summary="all that threads refer to is there", details=details)


def _newest_first(home: Path) -> list[Path]:
    found = [path for folder in (SESSIONS, ARCHIVED) for path in (home / folder).rglob(_ROLLOUTS)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def index(at: Surroundings) -> Finding:
    """Whether the index can be used. It is only a cache: without it lists are slower, and nothing is lost."""
    file = at.home / INDEX_FILE
    details = {"index": str(file)}
    if at.repair:
        try:
            known = rollout_store(at.process).lists().rebuild()
        except OSError as error:
            return Finding(
                status="fail",
                summary=f"the index cannot be made anew: {error.strerror}",
                details=details,
                remediation=f"remove {file}",
            )
        return Finding(
            status="ok", summary=f"the index was made anew; threads in it: {known}", details=details
        )
    if not file.exists():
        summary = "there is no index yet: the first list makes it"
        return Finding(status="ok", summary=summary, details=details)
    problem = _problem(file)
    if problem is not None:
        return Finding(
            status="warning",
            summary="the index of threads is damaged, so lists are slow",
            details={**details, "problem": problem},
            remediation="run jm doctor --repair",
        )
    return Finding(status="ok", summary="the index can be used", details=details)


def _problem(file: Path) -> str | None:
    import sqlite3

    try:
        database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            [answer] = database.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            database.close()
    except sqlite3.Error as error:
        return str(error)
    return None if answer == "ok" else str(answer)
