"""Sections: the headings under which a user sorts threads, each with an order of its own."""

from __future__ import annotations

import msgspec

from journeyman.protocol.wire import Wire


class ThreadSectionAppearance(Wire, frozen=True):
    """How clients show it."""

    icon: str | None = None
    color: str | None = None


class ThreadSection(Wire, frozen=True):
    """One section; a thread is in one at most."""

    id: str
    name: str
    appearance: ThreadSectionAppearance | None = None


class ThreadSectionListParams(Wire, frozen=True):
    """The sections; `cursor` continues an earlier page."""

    cursor: str | None = None
    limit: int | None = None


class ThreadSectionListResponse(Wire, frozen=True):
    """One page, the built-in section for pinned threads first."""

    data: list[ThreadSection]
    next_cursor: str | None = None


class ThreadSectionCreateParams(Wire, frozen=True):
    """Make a section; blanks around the name are dropped."""

    name: str
    appearance: ThreadSectionAppearance | None = None


class ThreadSectionResponse(Wire, frozen=True):
    """The section as it is now."""

    section: ThreadSection


class ThreadSectionUpdateParams(Wire, frozen=True):
    """Rename a section; an `appearance` that is left out stays, null clears it."""

    section_id: str
    name: str
    appearance: ThreadSectionAppearance | msgspec.UnsetType | None = msgspec.UNSET


class ThreadSectionDeleteParams(Wire, frozen=True):
    """Remove a section; its threads are in none afterwards."""

    section_id: str


class ThreadSectionMoveParams(Wire, frozen=True):
    """Put a thread into a section, before another of its threads or last; null takes it out."""

    thread_id: str
    section_id: str | None
    before_thread_id: str | None = None


class ThreadSectionChangedNotification(Wire, frozen=True):
    """A thread was moved into, within or out of a section."""

    thread_id: str
    section_id: str | None
