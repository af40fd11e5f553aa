"""Keeping threads: naming, archiving, deleting, and who has which one loaded."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.threads import Thread
from journeyman.protocol.wire import Wire


class ThreadArchiveParams(Wire, frozen=True):
    """Put a thread away: it is unloaded, and no longer listed among the others."""

    thread_id: str


class ThreadUnarchiveParams(Wire, frozen=True):
    """Bring a thread back from the archive."""

    thread_id: str


class ThreadDeleteParams(Wire, frozen=True):
    """Remove a thread for good."""

    thread_id: str


class ThreadUnsubscribeParams(Wire, frozen=True):
    """Hear nothing more of a thread; it goes on, and is unloaded once nobody follows it and it has nothing to do."""

    thread_id: str


class ThreadSetNameParams(Wire, frozen=True):
    """Name a thread; blanks around the name are dropped."""

    thread_id: str
    name: str


class ThreadGitInfoUpdate(Wire, frozen=True):
    """Where the repository stands now: null clears a member, one that is left out stays as it is."""

    sha: str | msgspec.UnsetType | None = msgspec.UNSET
    branch: str | msgspec.UnsetType | None = msgspec.UNSET
    origin_url: str | msgspec.UnsetType | None = msgspec.UNSET


class ThreadMetadataUpdateParams(Wire, frozen=True):
    """Change what is kept beside a thread; an empty `project_id` takes it out of any project."""

    thread_id: str
    git_info: ThreadGitInfoUpdate | None = None
    project_id: str | None = None


class ThreadMetadataUpdateResponse(Wire, frozen=True):
    """The thread, with what is kept beside it."""

    thread: Thread


class ThreadUnarchiveResponse(Wire, frozen=True):
    """The thread, back among the others."""

    thread: Thread


class ThreadLoadedListParams(Wire, frozen=True):
    """The loaded threads; `cursor` continues an earlier page."""

    cursor: str | None = None
    limit: int | None = None


class ThreadLoadedListResponse(Wire, frozen=True):
    """Ids of loaded threads."""

    data: list[str]
    next_cursor: str | None = None


class ThreadUnsubscribeResponse(Wire, frozen=True):
    """Whether this client had heard of the thread until now."""

    status: Literal["notLoaded", "notSubscribed", "unsubscribed"]


class ThreadRevertParams(Wire, frozen=True):
    """Take this turn and all after it out of a loaded thread's history; files stay as they are."""

    thread_id: str
    before_turn_id: str


class ThreadRevertResponse(Wire, frozen=True):
    """The thread without turns; the cursors begin at what is left, for pages from there backwards."""

    thread: Thread
    turns_backwards_cursor: str | None = None
    items_backwards_cursor: str | None = None


class ThreadRevertedNotification(Wire, frozen=True):
    """Turns were taken out of a thread's history."""

    thread_id: str


class ThreadArchivedNotification(Wire, frozen=True):
    """A thread went to the archive."""

    thread_id: str


class ThreadUnarchivedNotification(Wire, frozen=True):
    """A thread came back from the archive."""

    thread_id: str


class ThreadDeletedNotification(Wire, frozen=True):
    """A thread is gone for good."""

    thread_id: str


class ThreadClosedNotification(Wire, frozen=True):
    """A thread that nobody followed was unloaded; thread/resume loads it again."""

    thread_id: str


class ThreadNameUpdatedNotification(Wire, frozen=True):
    """A thread has a new name."""

    thread_id: str
    thread_name: str | None
