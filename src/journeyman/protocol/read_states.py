"""What of a thread its user has not seen yet."""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class UnreadStart(Wire, frozen=True, tag_field="type", tag="threadStart"):
    """The user marked the whole thread as unread."""


class UnreadTurn(Wire, frozen=True, tag_field="type", tag="turn"):
    """The first turn whose end the user has not seen."""

    turn_id: str


UnreadPosition = UnreadStart | UnreadTurn


class ThreadReadState(Wire, frozen=True):
    """Where the unread part begins, nowhere where all is read; `revision` changes with every change of it."""

    revision: str
    first_unread: UnreadPosition | None = None


class MarkRead(Wire, frozen=True, tag_field="type", tag="read"):
    """All of it was seen."""


class MarkUnread(Wire, frozen=True, tag_field="type", tag="unread"):
    """Show it as unread."""


class ThreadReadStateUpdateParams(Wire, frozen=True):
    """Mark a thread; refused where `expected_revision` is not the present one, since then more has happened."""

    thread_id: str
    operation: MarkRead | MarkUnread
    expected_revision: str


class ThreadReadStateUpdateResponse(Wire, frozen=True):
    """The state after it."""

    read_state: ThreadReadState


class ThreadReadStateChangedNotification(Wire, frozen=True):
    """A turn ended, or somebody marked the thread."""

    thread_id: str
    read_state: ThreadReadState
