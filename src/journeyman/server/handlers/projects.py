"""project/*: what the user works on, and which threads belong to it; every client is told of changes."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol import projects
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import INVALID_PARAMS, RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of
from journeyman.store.errors import MarkError, StoreError
from journeyman.store.projects import ProjectIdea


async def create(call: Call, params: projects.ProjectCreateParams) -> None:
    """Make a project."""
    _create(call, params, [])


async def import_threads(call: Call, params: projects.ProjectImportParams) -> None:
    """Make a project with threads."""
    threads = params.threads or []
    for thread_id in threads:
        try:
            call.manager.expect(thread_id)
        except StoreError as error:
            raise MarkError(f"thread not found: {thread_id}") from error
    _create(call, params, threads)


async def list_projects(call: Call, params: projects.ProjectListParams) -> None:
    """The projects, by pages."""
    if params.sort_direction and not params.sort_key:
        raise RpcError("sortDirection requires sortKey", code=INVALID_PARAMS)
    shown = [_recent(call, project) for project in call.manager.marks.projects.all()]
    if params.sort_key == "recencyAt":
        newest_first = params.sort_direction != "asc"
        sign = -1 if newest_first else 1
        # Those without threads come last, whichever way.
        shown.sort(key=lambda it: (it.recency_at is None, sign * (it.recency_at or 0)))
    elif params.sort_direction == "desc":
        shown.reverse()
    page = page_of(shown, cursor=params.cursor, limit=params.limit, code=INVALID_PARAMS)
    call.reply(projects.ProjectListResponse(data=page.data, next_cursor=page.next_cursor))


async def read(call: Call, params: projects.ProjectParams) -> None:
    """One project."""
    project = call.manager.marks.projects.get(params.project_id)
    call.reply(projects.ProjectResponse(project=_recent(call, project)))


async def update(call: Call, params: projects.ProjectUpdateParams) -> None:
    """Change a project."""
    project, is_changed = call.manager.marks.projects.update(
        params.project_id,
        call.manager.now(),
        name=params.name,
        roots=None if params.roots is None else _paths(params.roots),
        metadata=params.metadata,
    )
    call.reply(projects.ProjectResponse(project=_recent(call, project)))
    if is_changed:
        _tell(call, project.id, "updated")


async def move(call: Call, params: projects.ProjectMoveParams) -> None:
    """Put a project before another one, or last."""
    call.manager.marks.projects.move(params.project_id, params.before_project_id)
    call.reply(Empty())
    _tell(call, params.project_id, "updated")


async def delete(call: Call, params: projects.ProjectParams) -> None:
    """Remove a project; its threads stay."""
    freed = call.manager.marks.projects.delete(params.project_id)
    call.reply(Empty())
    _tell(call, params.project_id, "deleted")
    for thread_id in freed:
        tell_thread(call, thread_id, None)


def tell_thread(call: Call, thread_id: str, project_id: str | None) -> None:
    """Tell every client which project a thread belongs to now."""
    call.services.clients.notify(
        projects.ThreadProjectUpdatedNotification(thread_id=thread_id, project_id=project_id)
    )


def _create(call: Call, params: projects.ProjectCreateParams, threads: list[str]) -> None:
    idea = ProjectIdea(
        key=params.idempotency_key,
        name=params.name,
        roots=_paths(params.roots),
        metadata=params.metadata or {},
        threads=threads,
    )
    project, is_new = call.manager.marks.projects.create(idea, call.manager.now())
    call.reply(projects.ProjectResponse(project=_recent(call, project)))
    if is_new:
        _tell(call, project.id, "created")
        for thread_id in threads:
            tell_thread(call, thread_id, project.id)


def _tell(call: Call, project_id: str, change: Literal["created", "updated", "deleted"]) -> None:
    call.services.clients.notify(
        projects.ProjectChangedNotification(project_id=project_id, change_type=change)
    )


def _recent(call: Call, project: projects.Project) -> projects.Project:
    threads = call.manager.marks.projects.threads_of(project.id)
    return msgspec.structs.replace(project, recency_at=call.manager.updated_at(threads))


def _paths(roots: list[projects.ProjectRoot]) -> list[str]:
    for root in roots:
        if not root.path.startswith("/"):
            raise RpcError(f"roots: {root.path!r} is no absolute path")
    return [root.path for root in roots]


HANDLERS: dict[str, Handler] = {
    "project/create": create,
    "project/delete": delete,
    "project/import": import_threads,
    "project/list": list_projects,
    "project/move": move,
    "project/read": read,
    "project/update": update,
}
