"""journeyman/undo: bringing files back, and the talk with them."""

from __future__ import annotations

import msgspec

from journeyman.protocol import undo as protocol
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.thread_shelf import ThreadRevertedNotification
from journeyman.server.dispatch import Call, Handler
from journeyman.workspace.api import UndoError


async def undo(call: Call, params: protocol.UndoParams) -> None:
    """Undo the last turn's changes of files; with `talk` the thread forgets the turn as well."""
    thread = call.manager.get(params.thread_id)
    thread.expect_idle("bring files back")
    try:
        undone = await thread.checkpoints.undo(
            thread.settings.cwd, thread.id, dry_run=params.dry_run
        )
    except UndoError as error:
        raise RpcError(str(error)) from error
    if params.talk and not params.dry_run:
        thread.revert(undone.turn_id)
        call.services.clients.notify(ThreadRevertedNotification(thread_id=params.thread_id))
    changes = [{"kind": kind, "path": path} for kind, path in undone.changes]
    call.reply(
        protocol.UndoResponse(
            turn_id=undone.turn_id,
            changes=msgspec.convert(changes, list[protocol.UndoneChange]),
            way_back=undone.way_back,
        )
    )


HANDLERS: dict[str, Handler] = {"journeyman/undo": undo}
