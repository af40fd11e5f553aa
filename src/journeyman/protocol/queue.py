"""The queue of a thread: what the user wants to say once the running turn is over; visible and editable."""

from __future__ import annotations

from journeyman.protocol.items import UserInput
from journeyman.protocol.turns import Turn
from journeyman.protocol.wire import Wire


class QueuedSubmission(Wire, frozen=True):
    """One entry; `client_user_message_id` comes back with the user's item once it is said."""

    id: str
    input: list[UserInput]
    client_user_message_id: str


class ThreadQueueAddParams(Wire, frozen=True):
    """Say something after what is queued already; at once where no turn runs."""

    thread_id: str
    client_user_message_id: str
    input: list[UserInput]


class ThreadQueueAddResponse(Wire, frozen=True):
    """The entry."""

    queued_submission: QueuedSubmission


class ThreadQueueListParams(Wire, frozen=True):
    """What is queued."""

    thread_id: str
    cursor: str | None = None
    limit: int | None = None


class ThreadQueueListResponse(Wire, frozen=True):
    """One page, the next entry first; `next_cursor` is null on the last."""

    data: list[QueuedSubmission]
    next_cursor: str | None = None


class ThreadQueueUpdateParams(Wire, frozen=True):
    """Say something else in an entry's place."""

    thread_id: str
    queued_submission_id: str
    input: list[UserInput]


class ThreadQueueUpdateResponse(Wire, frozen=True):
    """The entry as it is now."""

    queued_submission: QueuedSubmission


class ThreadQueueDeleteParams(Wire, frozen=True):
    """Take an entry out."""

    thread_id: str
    queued_submission_id: str


class ThreadQueueDeleteResponse(Wire, frozen=True):
    """Whether it was there."""

    deleted: bool


class ThreadQueueReorderParams(Wire, frozen=True):
    """Every entry, in the order that they are to be said."""

    thread_id: str
    queued_submission_ids: list[str]


class ThreadQueueStartParams(Wire, frozen=True):
    """Say an entry now, the first where none is named; only while no turn runs."""

    thread_id: str
    queued_submission_id: str | None = None


class ThreadQueueStartResponse(Wire, frozen=True):
    """The turn that it began."""

    turn: Turn


class ThreadQueueChangedNotification(Wire, frozen=True):
    """Entries came, went or changed."""

    thread_id: str
