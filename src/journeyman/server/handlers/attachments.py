"""thread/attachment/*: what clients keep with threads; every client is told of changes."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol import attachments
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import INVALID_PARAMS
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of
from journeyman.server.thread_ids import check_thread_id
from journeyman.store.errors import MarkError, StoreError


async def add(call: Call, params: attachments.ThreadAttachmentAddParams) -> None:
    """Attach something."""
    _expect(call, params.thread_id)
    attached, is_new = call.manager.marks.attachments.add(
        params.thread_id,
        params.attachment_type,
        params.identity_key,
        params.payload,
        now=call.manager.now(),
    )
    outcome: Literal["created", "existing"] = "created" if is_new else "existing"
    call.reply(attachments.ThreadAttachmentAddResponse(outcome=outcome, attachment=attached))
    if is_new:
        _tell(call, params.thread_id, attached, "created")


async def list_attachments(call: Call, params: attachments.ThreadAttachmentListParams) -> None:
    """What is attached to a thread, by pages; nothing to one that is not there."""
    check_thread_id(params.thread_id)
    page = page_of(
        call.manager.marks.attachments.of(params.thread_id),
        cursor=params.cursor,
        limit=params.limit,
        code=INVALID_PARAMS,
    )
    call.reply(
        attachments.ThreadAttachmentListResponse(data=page.data, next_cursor=page.next_cursor)
    )


async def remove(call: Call, params: attachments.ThreadAttachmentRemoveParams) -> None:
    """Detach something."""
    _expect(call, params.thread_id)
    gone = call.manager.marks.attachments.remove(
        params.thread_id, params.attachment_type, params.identity_key
    )
    call.reply(Empty())
    if gone is not None:
        _tell(call, params.thread_id, gone, "deleted")


async def list_owners(call: Call, params: attachments.ThreadAttachmentOwnerListParams) -> None:
    """The threads that something is attached to, by pages."""
    owners = [
        attachments.ThreadAttachmentOwner(thread_id=thread_id, archived=is_archived)
        for thread_id in call.manager.marks.attachments.owners(
            params.attachment_type, params.identity_key
        )
        if (is_archived := call.manager.is_archived(thread_id)) is not None
        and params.archived in {None, is_archived}
    ]
    page = page_of(owners, cursor=params.cursor, limit=params.limit, code=INVALID_PARAMS)
    call.reply(
        attachments.ThreadAttachmentOwnerListResponse(data=page.data, next_cursor=page.next_cursor)
    )


def _expect(call: Call, thread_id: str) -> None:
    check_thread_id(thread_id)
    try:
        call.manager.expect(thread_id)
    except StoreError as error:
        raise MarkError(f"thread not found: {thread_id}") from error


def _tell(
    call: Call,
    thread_id: str,
    attached: attachments.ThreadAttachment,
    operation: Literal["created", "deleted"],
) -> None:
    call.services.clients.notify(
        attachments.ThreadAttachmentUpdatedNotification(
            thread_id=thread_id,
            attachment_id=attached.id,
            attachment_type=attached.attachment_type,
            identity_key=attached.identity_key,
            operation=operation,
        )
    )


HANDLERS: dict[str, Handler] = {
    "thread/attachment/add": add,
    "thread/attachment/list": list_attachments,
    "thread/attachment/remove": remove,
    "thread/attachmentOwner/list": list_owners,
}
