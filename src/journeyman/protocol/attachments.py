"""Attachments: what clients keep with a thread for themselves, such as the pull request that it is about."""

from __future__ import annotations

from typing import Any, Literal

from journeyman.protocol.wire import Wire


class ThreadAttachment(Wire, frozen=True):
    """One attachment; within its thread, type and identity key name it. `created_at` in unix seconds."""

    id: str
    attachment_type: str
    identity_key: str
    payload: Any
    created_at: int


class ThreadAttachmentAddParams(Wire, frozen=True):
    """Attach something to a thread, unless the same is there already."""

    thread_id: str
    attachment_type: str
    identity_key: str
    payload: Any


class ThreadAttachmentAddResponse(Wire, frozen=True):
    """What is attached now, and whether this request did it."""

    outcome: Literal["created", "existing"]
    attachment: ThreadAttachment


class ThreadAttachmentListParams(Wire, frozen=True):
    """What is attached to a thread; `cursor` continues an earlier page."""

    thread_id: str
    cursor: str | None = None
    limit: int | None = None


class ThreadAttachmentListResponse(Wire, frozen=True):
    """One page, oldest first."""

    data: list[ThreadAttachment]
    next_cursor: str | None = None


class ThreadAttachmentRemoveParams(Wire, frozen=True):
    """Detach something; no error where it is not there."""

    thread_id: str
    attachment_type: str
    identity_key: str


class ThreadAttachmentOwnerListParams(Wire, frozen=True):
    """The threads that something is attached to; `archived` chooses some of them."""

    attachment_type: str
    identity_key: str
    archived: bool | None = None
    cursor: str | None = None
    limit: int | None = None


class ThreadAttachmentOwner(Wire, frozen=True):
    """One of these threads."""

    thread_id: str
    archived: bool


class ThreadAttachmentOwnerListResponse(Wire, frozen=True):
    """One page."""

    data: list[ThreadAttachmentOwner]
    next_cursor: str | None = None


class ThreadAttachmentUpdatedNotification(Wire, frozen=True):
    """Something was attached to a thread, or detached."""

    thread_id: str
    attachment_id: str
    attachment_type: str
    identity_key: str
    operation: Literal["created", "deleted"]
