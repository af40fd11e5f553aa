"""Finds and lists the rollouts under one home, ours and foreign ones; reads only the head of each file.

The names of files carry the start and the id of their thread; the newest change of a file is its mtime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from journeyman.protocol.threads import (
    GitInfo,
    NotLoaded,
    Thread,
    ThreadListParams,
    ThreadListResponse,
)
from journeyman.store.errors import StoreError, ThreadNotFoundError
from journeyman.store.head import Head, read_head
from journeyman.store.replay import RecordedThread, read_rollout
from journeyman.store.rollout import ARCHIVED, SESSIONS
from journeyman.store.upcast import seconds_of

DEFAULT_PAGE = 25
MAX_PAGE = 100
_ID_CHARS = 36


class _Found(NamedTuple):
    """A rollout and what it is sorted by; the id breaks ties."""

    key: int
    id: str
    path: Path


class RolloutStore:
    """The rollouts of one home."""

    def __init__(self, home: Path) -> None:
        """Look under `home`, which need not exist yet."""
        self.home = home

    def path_of(self, thread_id: str) -> Path:
        """The file of a thread, archived or not; raises `ThreadNotFoundError`."""
        pattern = f"rollout-*-{thread_id}.jsonl"
        if _is_plain(thread_id):
            sessions = self.home / SESSIONS
            folders = [sessions / day for day in _days_of(thread_id)]
            searches = [(folder, pattern) for folder in (*folders, self.home / ARCHIVED)]
            for folder, glob in (*searches, (sessions, f"*/*/*/{pattern}")):
                for path in folder.glob(glob):
                    return path
        raise ThreadNotFoundError(f"no rollout found for thread id {thread_id}")

    def read(
        self, thread_id: str, *, with_turns: bool = True, is_running: bool = False
    ) -> RecordedThread:
        """Read a thread as `read_rollout` does; raises `StoreError`."""
        return read_rollout(
            self.path_of(thread_id),
            find=self.path_of,
            with_turns=with_turns,
            is_running=is_running,
        )

    def latest(self, cwd: str | None = None) -> Path | None:
        """The file of the thread that changed last, of those begun in `cwd` when given."""
        found = self._found(archived=False, by_change=True)
        for rollout in sorted(found, reverse=True):
            head = _head_or_none(rollout.path)
            if head is not None and (cwd is None or head.meta.cwd == cwd):
                return rollout.path
        return None

    def list(self, params: ThreadListParams) -> ThreadListResponse:
        """One page of threads; files that are no rollouts are passed over.

        Raises:
            StoreError: the cursor is none of ours.
        """
        found = self._found(
            archived=params.archived or False, by_change=params.sort_key not in {None, "created_at"}
        )
        newest_first = params.sort_direction != "asc"
        start = _position(params.cursor) if params.cursor else None
        limit = max(1, min(params.limit or DEFAULT_PAGE, MAX_PAGE))
        fits = _filter(params)
        page: list[Thread] = []
        last: _Found | None = None
        for rollout in sorted(found, reverse=newest_first):
            place = (rollout.key, rollout.id)
            if start is not None and (place >= start if newest_first else place <= start):
                continue
            head = _head_or_none(rollout.path)
            if head is None or not fits(head):
                continue
            if len(page) == limit and last is not None:
                return ThreadListResponse(data=page, next_cursor=f"{last.key}|{last.id}")
            page.append(thread_of(head))
            last = rollout
        return ThreadListResponse(data=page)

    def _found(self, *, archived: bool, by_change: bool) -> Iterator[_Found]:
        root, glob = (ARCHIVED, "") if archived else (SESSIONS, "*/*/*/")
        for path in (self.home / root).glob(f"{glob}rollout-*.jsonl"):
            thread_id = path.stem[-_ID_CHARS:]
            key = _changed_ms(path) if by_change else _created_ms(path)
            if key is not None:
                yield _Found(key, thread_id, path)


def thread_of(recorded: Head | RecordedThread) -> Thread:
    """A recorded thread as lists show it, not loaded and without turns."""
    meta = recorded.meta
    git = meta.git or {}
    return Thread(
        id=meta.id,
        session_id=meta.session_id or meta.id,
        cwd=meta.cwd,
        preview=recorded.preview,
        model_provider=meta.model_provider or "",
        created_at=seconds_of(meta.timestamp) or 0,
        updated_at=recorded.updated_at,
        cli_version=meta.cli_version,
        source=meta.source,
        status=NotLoaded(),
        path=str(recorded.path),
        name=recorded.name if isinstance(recorded, RecordedThread) else None,
        forked_from_id=meta.forked_from_id,
        git_info=GitInfo(
            sha=git.get("commit_hash"),
            branch=git.get("branch"),
            origin_url=git.get("repository_url"),
        )
        if git
        else None,
        thread_source=meta.thread_source,
        originator=meta.originator,
    )


def _filter(params: ThreadListParams) -> Callable[[Head], bool]:
    folders = [params.cwd] if isinstance(params.cwd, str) else params.cwd
    term = (params.search_term or "").casefold()

    def fits(head: Head) -> bool:
        return (folders is None or head.meta.cwd in folders) and term in head.preview.casefold()

    return fits


def _position(cursor: str) -> tuple[int, str]:
    key, _, thread_id = cursor.partition("|")
    if not key.isdecimal() or not thread_id:
        raise StoreError(f"not a cursor of this list: {cursor!r}")
    return int(key), thread_id


def _is_plain(thread_id: str) -> bool:
    """Whether the text can be an id: it must not reach into a glob or another folder."""
    return thread_id.replace("-", "").isalnum()


def _days_of(thread_id: str) -> list[str]:
    """The folders a UUIDv7's file can be in: its day, and its neighbours since foreign names use local time."""
    try:
        began = datetime.fromtimestamp(int(thread_id.replace("-", "")[:12], 16) / 1000, UTC)
        days = [began, began - timedelta(days=1), began + timedelta(days=1)]
    except (ValueError, OverflowError, OSError):
        return []
    return [day.strftime("%Y/%m/%d") for day in days]


def _created_ms(path: Path) -> int | None:
    """From the name, `rollout-YYYY-MM-DDTHH-MM-SS-<id>`."""
    try:
        began = datetime.strptime(path.stem[8:27], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(began.timestamp() * 1000)


def _changed_ms(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None


def _head_or_none(path: Path) -> Head | None:
    try:
        return read_head(path)
    except StoreError:
        return None
