"""thread/*: naming, archiving and deleting threads, and who hears of which."""

from __future__ import annotations

import msgspec

from journeyman.protocol import thread_shelf as shelf
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.read_states import ThreadReadStateChangedNotification
from journeyman.protocol.threads import ThreadReadParams
from journeyman.server.dispatch import Call, Handler
from journeyman.server.handlers.projects import tell_thread
from journeyman.server.pages import page_of
from journeyman.store.errors import MarkError


async def archive(call: Call, params: shelf.ThreadArchiveParams) -> None:
    """Unload a thread and put it away; every client is told."""
    await call.manager.archive(params.thread_id)
    call.subscriptions.pop(params.thread_id, None)
    call.reply(Empty())
    call.services.clients.notify(shelf.ThreadArchivedNotification(thread_id=params.thread_id))


async def unarchive(call: Call, params: shelf.ThreadUnarchiveParams) -> None:
    """Bring a thread back; every client is told."""
    thread = call.manager.unarchive(params.thread_id)
    call.reply(shelf.ThreadUnarchiveResponse(thread=thread))
    call.services.clients.notify(shelf.ThreadUnarchivedNotification(thread_id=params.thread_id))


async def delete(call: Call, params: shelf.ThreadDeleteParams) -> None:
    """Remove a thread for good; every client is told."""
    await call.manager.delete(params.thread_id)
    call.subscriptions.pop(params.thread_id, None)
    call.reply(Empty())
    call.services.clients.notify(shelf.ThreadDeletedNotification(thread_id=params.thread_id))


async def revert(call: Call, params: shelf.ThreadRevertParams) -> None:
    """Take turns out of a loaded thread's history; every client is told."""
    thread = call.manager.get(params.thread_id)
    thread.revert(params.before_turn_id)
    pages = call.manager.pages(params.thread_id)
    turn, item = next(pages.turns(), None), next(pages.items(newest_first=True), None)
    call.reply(
        shelf.ThreadRevertResponse(
            thread=msgspec.structs.replace(thread.header(), turns=[]),
            turns_backwards_cursor=turn and turn.place.cursor(is_inclusive=True),
            items_backwards_cursor=item and item.place.cursor(is_inclusive=True),
        )
    )
    clients, read_states = call.services.clients, call.manager.marks.read_states
    clients.notify(shelf.ThreadRevertedNotification(thread_id=thread.id))
    if state := read_states.turns_taken_back(thread.id, params.before_turn_id):
        clients.notify(ThreadReadStateChangedNotification(thread_id=thread.id, read_state=state))


async def set_name(call: Call, params: shelf.ThreadSetNameParams) -> None:
    """Name a thread; every client is told."""
    name = call.manager.set_name(params.thread_id, params.name)
    call.reply(Empty())
    call.services.clients.notify(
        shelf.ThreadNameUpdatedNotification(thread_id=params.thread_id, thread_name=name)
    )


async def update_metadata(call: Call, params: shelf.ThreadMetadataUpdateParams) -> None:
    """Change what is kept beside a thread, loaded or not."""
    changes = _git_changes(params.git_info)
    if changes is None and params.project_id is None:
        raise RpcError("thread metadata update must include at least one field")
    marks = call.manager.marks
    try:
        if params.project_id:
            marks.projects.get(params.project_id)
    except MarkError as error:
        raise RpcError(str(error)) from error
    thread = call.manager.update_git(params.thread_id, changes or {})
    project_id = params.project_id or None
    is_moved = params.project_id is not None and marks.projects.assign(params.thread_id, project_id)
    if is_moved:
        thread = call.manager.read(ThreadReadParams(thread_id=params.thread_id))
    call.reply(shelf.ThreadMetadataUpdateResponse(thread=thread))
    if is_moved:
        tell_thread(call, params.thread_id, project_id)


async def list_loaded(call: Call, params: shelf.ThreadLoadedListParams) -> None:
    """The ids of the loaded threads."""
    page = page_of(call.manager.loaded(), cursor=params.cursor, limit=params.limit)
    call.reply(shelf.ThreadLoadedListResponse(data=page.data, next_cursor=page.next_cursor))


async def unsubscribe(call: Call, params: shelf.ThreadUnsubscribeParams) -> None:
    """Tell this client nothing more of a thread."""
    subscription = call.subscriptions.pop(params.thread_id, None)
    if params.thread_id not in call.manager.loaded():
        call.reply(shelf.ThreadUnsubscribeResponse(status="notLoaded"))
    elif subscription is None:
        call.reply(shelf.ThreadUnsubscribeResponse(status="notSubscribed"))
    else:
        call.manager.leave(params.thread_id, subscription)
        call.reply(shelf.ThreadUnsubscribeResponse(status="unsubscribed"))


def _git_changes(given: shelf.ThreadGitInfoUpdate | None) -> dict[str, str | None] | None:
    if given is None:
        return None
    changes: dict[str, str | None] = {}
    for name, value in msgspec.structs.asdict(given).items():
        if isinstance(value, msgspec.UnsetType):
            continue
        changes[name] = value.strip() if isinstance(value, str) else None
        if changes[name] == "":
            member = "originUrl" if name == "origin_url" else name
            raise RpcError(f"gitInfo.{member} must not be empty")
    if not changes:
        raise RpcError("gitInfo must include at least one field")
    return changes


HANDLERS: dict[str, Handler] = {
    "thread/archive": archive,
    "thread/delete": delete,
    "thread/loaded/list": list_loaded,
    "thread/metadata/update": update_metadata,
    "thread/name/set": set_name,
    "thread/revert": revert,
    "thread/unarchive": unarchive,
    "thread/unsubscribe": unsubscribe,
}
