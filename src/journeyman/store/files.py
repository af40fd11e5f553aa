"""The names and places of rollout files: `rollout-<start>-<thread>.jsonl`, ours and the reference's.

The reference rewrites a thread by beginning another file, `...-<thread>_<revision>.jsonl`, which refers to
the older one; the newest file of a thread is the thread.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

SESSIONS = "sessions"
ARCHIVED = "archived_sessions"
_NAME = re.compile(
    r"rollout-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)-"
    r"([0-9A-Za-z]{8}(?:-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12})(?:_([0-9A-Za-z-]+))?\.jsonl"
)


class RolloutFile(NamedTuple):
    """A file that is named like a rollout; files of one thread sort by their age."""

    began: str
    revision: str
    thread_id: str
    path: str


class Stamp(NamedTuple):
    """What changes when a file is written to."""

    size: int
    mtime_ns: int


def parse_name(path: str) -> RolloutFile | None:
    """What the name of a file tells; None where it is no rollout's."""
    match = _NAME.fullmatch(path.rpartition("/")[2])
    if match is None:
        return None
    began, thread_id, revision = match.groups()
    return RolloutFile(began, revision or thread_id, thread_id, path)


def thread_id_of(path: Path) -> str:
    """The thread whose rollout this is, by the file's name; the whole stem where it is named otherwise."""
    named = parse_name(str(path))
    return named.thread_id if named else path.stem


def began_ms(named: RolloutFile) -> int:
    """The instant in the name, taken as UTC, in unix milliseconds; 0 where it is none."""
    try:
        began = datetime.strptime(named.began, "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return int(began.timestamp() * 1000)


def folders(home: Path, *, archived: bool) -> Iterator[str]:
    """Every folder of `home` that rollouts are in: one for each day, or the archive."""
    if archived:
        yield str(home / ARCHIVED)
        return
    for year in _folders_in(str(home / SESSIONS)):
        for month in _folders_in(year):
            yield from _folders_in(month)


def rollouts_in(folder: str) -> list[RolloutFile]:
    """The rollout files of one folder; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            parsed = [parse_name(entry.path) for entry in entries]
    except OSError:
        return []
    return [named for named in parsed if named is not None]


def stamp(path: str) -> Stamp | None:
    """The file's stamp; None where there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116 -- ten thousand of them in a list: a Path costs twice as much
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns)


def files_of(home: Path, thread_id: str) -> list[RolloutFile]:
    """All files of one thread, the oldest first, archived ones before the others."""
    if not thread_id.replace(
        "-", ""
    ).isalnum():  # it must not reach into a pattern or another folder
        return []
    sessions = home / SESSIONS
    pattern = f"rollout-*-{thread_id}*.jsonl"
    archived = _named((home / ARCHIVED).glob(pattern), thread_id)
    near = _named(
        (path for day in _days_of(thread_id) for path in (sessions / day).glob(pattern)), thread_id
    )
    if near and not _may_have_revisions(near[-1].path):
        return [*archived, *near]
    return [*archived, *_named(sessions.glob(f"*/*/*/{pattern}"), thread_id)]


def _named(paths: Iterator[Path], thread_id: str) -> list[RolloutFile]:
    parsed = (parse_name(str(path)) for path in paths)
    return sorted(named for named in parsed if named is not None and named.thread_id == thread_id)


def _may_have_revisions(path: str) -> bool:
    """Whether the reference may have rewritten this thread, on whatever day."""
    try:
        with Path(path).open("rb") as file:
            # The member stands behind the instructions, which may be long.
            return b'"paginated"' in file.readline(1 << 20)
    except OSError:
        return False


def _folders_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _days_of(thread_id: str) -> list[str]:
    """The folders a UUIDv7's file can be in: its day, and its neighbours since foreign names use local time."""
    try:
        began = datetime.fromtimestamp(int(thread_id.replace("-", "")[:12], 16) / 1000, UTC)
        days = [began - timedelta(days=1), began, began + timedelta(days=1)]
    except (ValueError, OverflowError, OSError):
        return []
    return [day.strftime("%Y/%m/%d") for day in days]


def blobs_of(path: Path) -> Path:
    """Where what is too large for a rollout's lines is kept, beside it."""
    return path.with_suffix(".blobs")
