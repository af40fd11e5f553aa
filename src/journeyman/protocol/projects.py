"""Projects: what a user works on, with the folders it lives in, and the threads that belong to it."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire


class ProjectRoot(Wire, frozen=True):
    """A folder of the project, by its absolute path; it need not exist."""

    path: str


class Project(Wire, frozen=True):
    """One project; instants in unix seconds, `recency_at` that of its thread that changed last."""

    id: str
    name: str
    roots: list[ProjectRoot]
    metadata: dict[str, str]
    position: int
    created_at: int
    updated_at: int
    recency_at: int | None = None


class ProjectCreateParams(Wire, frozen=True):
    """Make a project; a key that was used before brings the project that it made."""

    idempotency_key: str
    name: str
    roots: list[ProjectRoot]
    metadata: dict[str, str] | None = None


class ProjectImportParams(ProjectCreateParams, frozen=True):
    """Make a project with threads that are there already."""

    threads: list[str] | None = None


class ProjectResponse(Wire, frozen=True):
    """The project as it is now."""

    project: Project


class ProjectListParams(Wire, frozen=True):
    """The projects, in the user's order or that of their last changes; `cursor` continues an earlier page."""

    cursor: str | None = None
    limit: int | None = None
    sort_key: Literal["position", "recencyAt"] | None = None
    sort_direction: Literal["asc", "desc"] | None = None


class ProjectListResponse(Wire, frozen=True):
    """One page."""

    data: list[Project]
    next_cursor: str | None = None


class ProjectParams(Wire, frozen=True):
    """One project."""

    project_id: str


class ProjectUpdateParams(Wire, frozen=True):
    """Change a project; a member that is missing or null stays as it was."""

    project_id: str
    name: str | None = None
    roots: list[ProjectRoot] | None = None
    metadata: dict[str, str] | None = None


class ProjectMoveParams(Wire, frozen=True):
    """Put a project before another one, or last."""

    project_id: str
    before_project_id: str | None = None


class ProjectChangedNotification(Wire, frozen=True):
    """A project was made, changed, moved or removed."""

    project_id: str
    change_type: Literal["created", "updated", "deleted"]


class ThreadProjectUpdatedNotification(Wire, frozen=True):
    """A thread belongs to another project now, or to none."""

    thread_id: str
    project_id: str | None
