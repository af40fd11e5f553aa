"""What clients keep with threads: one file for each thread that has any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from journeyman.protocol.attachments import ThreadAttachment
from journeyman.protocol.ids import new_id
from journeyman.store.document import ThreadDocuments
from journeyman.store.errors import MarkError

# The reference's limits.
MAX_NAME_BYTES, MAX_PAYLOAD_BYTES = 256, 65_536


class _Attachments(msgspec.Struct, frozen=True):
    attachments: tuple[ThreadAttachment, ...] = ()

    def find(self, kind: str, key: str) -> ThreadAttachment | None:
        for one in self.attachments:
            if (one.attachment_type, one.identity_key) == (kind, key):
                return one
        return None


class Attachments:
    """The attachments of one home's threads; whoever names a thread knows that it is there."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._files = ThreadDocuments(folder, _Attachments())

    def of(self, thread_id: str) -> list[ThreadAttachment]:
        """What is attached to a thread, oldest first; raises `StoreError`."""
        return list(self._files.at(thread_id).read().attachments)

    def add(
        self, thread_id: str, kind: str, key: str, payload: Any, *, now: float
    ) -> tuple[ThreadAttachment, bool]:
        """Attach, unless the same is there; returns what is attached, and whether it is new.

        Raises:
            MarkError: a name is empty or too long, or the payload is too large.
            StoreError: it cannot be kept.
        """
        check_names(kind, key)
        if len(msgspec.json.encode(payload)) > MAX_PAYLOAD_BYTES:
            raise MarkError(f"attachment payload must not exceed {MAX_PAYLOAD_BYTES} bytes")
        made = ThreadAttachment(
            id=new_id(),
            attachment_type=kind,
            identity_key=key,
            payload=payload,
            created_at=int(now),
        )

        def work(kept: _Attachments) -> tuple[_Attachments, tuple[ThreadAttachment, bool]]:
            if (found := kept.find(kind, key)) is not None:
                return kept, (found, False)
            return _Attachments((*kept.attachments, made)), (made, True)

        return self._files.at(thread_id).change(work)

    def remove(self, thread_id: str, kind: str, key: str) -> ThreadAttachment | None:
        """Detach; returns what was attached. Raises as `add`."""
        check_names(kind, key)

        def work(kept: _Attachments) -> tuple[_Attachments, ThreadAttachment | None]:
            found = kept.find(kind, key)
            return _Attachments(tuple(one for one in kept.attachments if one is not found)), found

        return self._files.at(thread_id).change(work)

    def owners(self, kind: str, key: str) -> list[str]:
        """The ids of the threads that it is attached to, in their order; raises as `add`."""
        check_names(kind, key)
        return [
            thread_id
            for thread_id, kept in self._files.all_shown()
            if kept.find(kind, key) is not None
        ]

    def forget(self, thread_id: str) -> None:
        """The thread is gone; raises `StoreError`."""
        self._files.at(thread_id).remove()


def check_names(kind: str, key: str) -> None:
    """Raise `MarkError` where one of the two cannot name an attachment."""
    for member, value in (("attachmentType", kind), ("identityKey", key)):
        if not value:
            raise MarkError(f"{member} must not be empty")
        if len(value.encode()) > MAX_NAME_BYTES:
            raise MarkError(f"{member} must not exceed {MAX_NAME_BYTES} bytes")
