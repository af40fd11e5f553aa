"""A recorded thread as lists and headers show it on the wire."""

from __future__ import annotations

from journeyman.protocol.threads import GitInfo, NotLoaded, Thread
from journeyman.store.head import Head
from journeyman.store.replay import RecordedThread
from journeyman.store.sources import wire_source
from journeyman.store.upcast import seconds_of


def thread_of(recorded: Head | RecordedThread) -> Thread:
    """A recorded thread, not loaded and without turns."""
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
        source=wire_source(meta.source),
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
