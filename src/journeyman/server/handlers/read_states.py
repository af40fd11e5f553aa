"""thread/readState/update: the user has seen a thread, or wants to see it again."""

from __future__ import annotations

from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.read_states import (
    MarkUnread,
    ThreadReadStateChangedNotification,
    ThreadReadStateUpdateParams,
    ThreadReadStateUpdateResponse,
    UnreadStart,
)
from journeyman.server.dispatch import Call, Handler
from journeyman.server.thread_ids import check_thread_id


async def update(call: Call, params: ThreadReadStateUpdateParams) -> None:
    """Mark a thread, unless more happened than its client knew; every client is told."""
    check_thread_id(params.thread_id)
    if call.manager.read_state(params.thread_id) is None:
        raise RpcError("thread read state unavailable")
    state, is_set = call.manager.marks.read_states.mark(
        params.thread_id,
        UnreadStart() if isinstance(params.operation, MarkUnread) else None,
        expected_revision=params.expected_revision,
    )
    if not is_set:
        raise RpcError(
            "read state changed", data={"reason": "readStateConflict", "readState": state}
        )
    call.reply(ThreadReadStateUpdateResponse(read_state=state))
    call.services.clients.notify(
        ThreadReadStateChangedNotification(thread_id=params.thread_id, read_state=state)
    )


HANDLERS: dict[str, Handler] = {"thread/readState/update": update}
