"""The projects of one home in the user's order, and which thread belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from journeyman.protocol.ids import new_id
from journeyman.protocol.projects import Project, ProjectRoot
from journeyman.store.document import Document
from journeyman.store.errors import MarkError


class _Project(msgspec.Struct, frozen=True):
    id: str
    key: str
    name: str
    roots: tuple[str, ...]
    metadata: dict[str, str]
    created_at: int
    updated_at: int


class _Projects(msgspec.Struct, frozen=True):
    """The projects, and the project of each thread that has one, by the thread's id."""

    projects: tuple[_Project, ...] = ()
    members: dict[str, str] = {}


class ProjectIdea(msgspec.Struct, frozen=True, kw_only=True):
    """A project that is to be made; `key` is the client's own name for the request."""

    key: str
    name: str
    roots: Sequence[str]
    metadata: dict[str, str]
    threads: Sequence[str] = ()


class Projects:
    """Whoever names a thread knows that it is there."""

    def __init__(self, file: Path) -> None:
        """Nothing is read yet."""
        self._document = Document(file, _Projects())

    def all(self) -> list[Project]:
        """The projects in the user's order; raises `StoreError`."""
        return _shown_all(self._document.read())

    def get(self, project_id: str) -> Project:
        """One project; raises `MarkError` where there is none, `StoreError`."""
        return _shown(self._document.read(), project_id)

    def project_of(self, thread_id: str) -> str | None:
        """The project that a thread belongs to."""
        return self._document.shown().members.get(thread_id)

    def threads_of(self, project_id: str) -> list[str]:
        """The threads of a project."""
        members = self._document.shown().members
        return [thread_id for thread_id, owner in members.items() if owner == project_id]

    def create(self, idea: ProjectIdea, now: float) -> tuple[Project, bool]:
        """Make a project, unless its key made one before; returns it, and whether it is new.

        Raises:
            MarkError: the key or the name is empty, or a root stands twice.
            StoreError: it cannot be kept.
        """
        if not idea.key:
            raise MarkError("idempotencyKey must not be empty")
        made = _Project(
            id=new_id(),
            key=idea.key,
            name=_named(idea.name),
            roots=_rooted(idea.roots),
            metadata=idea.metadata,
            created_at=int(now),
            updated_at=int(now),
        )

        def work(all_: _Projects) -> tuple[_Projects, tuple[Project, bool]]:
            for project in all_.projects:
                if project.key == idea.key:
                    return all_, (_shown(all_, project.id), False)
            members = {**all_.members, **dict.fromkeys(idea.threads, made.id)}
            after = _Projects((*all_.projects, made), members)
            return after, (_shown(after, made.id), True)

        return self._document.change(work)

    def update(
        self,
        project_id: str,
        now: float,
        *,
        name: str | None,
        roots: Sequence[str] | None,
        metadata: dict[str, str] | None,
    ) -> tuple[Project, bool]:
        """Change what is given; returns the project, and whether it is another now. Raises as `create`."""

        def changed(project: _Project) -> _Project:
            after = msgspec.structs.replace(
                project,
                name=project.name if name is None else _named(name),
                roots=project.roots if roots is None else _rooted(roots),
                metadata=project.metadata if metadata is None else metadata,
            )
            return (
                after if after == project else msgspec.structs.replace(after, updated_at=int(now))
            )

        def work(all_: _Projects) -> tuple[_Projects, tuple[Project, bool]]:
            place = _place(all_, project_id)
            projects = list(all_.projects)
            projects[place] = changed(projects[place])
            after = _Projects(tuple(projects), all_.members)
            return after, (_shown(after, project_id), after != all_)

        return self._document.change(work)

    def move(self, project_id: str, before: str | None) -> None:
        """Put a project before another one, or last; raises `MarkError`, `StoreError`."""
        if before == project_id:
            raise MarkError(f"project {project_id} cannot be moved before itself")

        def work(all_: _Projects) -> tuple[_Projects, None]:
            projects = list(all_.projects)
            moved = projects.pop(_place(all_, project_id))
            ids = [project.id for project in projects]
            if before is not None and before not in ids:
                raise MarkError(f"before project not found: {before}")
            projects.insert(len(ids) if before is None else ids.index(before), moved)
            return _Projects(tuple(projects), all_.members), None

        self._document.change(work)

    def delete(self, project_id: str) -> list[str]:
        """Remove a project; returns its threads, which have none now. Raises `MarkError`, `StoreError`."""

        def work(all_: _Projects) -> tuple[_Projects, list[str]]:
            gone = all_.projects[_place(all_, project_id)]
            left = {k: owner for k, owner in all_.members.items() if owner != project_id}
            freed = [k for k, owner in all_.members.items() if owner == project_id]
            return _Projects(tuple(p for p in all_.projects if p is not gone), left), freed

        return self._document.change(work)

    def assign(self, thread_id: str, project_id: str | None) -> bool:
        """Let a thread belong to a project, or to none; returns whether that is new. Raises `MarkError`, `StoreError`."""

        def work(all_: _Projects) -> tuple[_Projects, bool]:
            members = {k: owner for k, owner in all_.members.items() if k != thread_id}
            if project_id is not None:
                _place(all_, project_id)
                members[thread_id] = project_id
            return _Projects(all_.projects, members), members != all_.members

        return self._document.change(work)

    def forget(self, thread_id: str) -> None:
        """The thread is gone; raises `StoreError`."""
        if self.project_of(thread_id) is not None:
            self.assign(thread_id, None)


def _shown_all(all_: _Projects) -> list[Project]:
    return [
        Project(
            id=project.id,
            name=project.name,
            roots=[ProjectRoot(path=path) for path in project.roots],
            metadata=project.metadata,
            position=place,
            created_at=project.created_at,
            updated_at=project.updated_at,
        )
        for place, project in enumerate(all_.projects)
    ]


def _shown(all_: _Projects, project_id: str) -> Project:
    return _shown_all(all_)[_place(all_, project_id)]


def _place(all_: _Projects, project_id: str) -> int:
    for place, project in enumerate(all_.projects):
        if project.id == project_id:
            return place
    raise MarkError(f"project not found: {project_id}")


def _named(name: str) -> str:
    if not name.strip():
        raise MarkError("project name must not be empty")
    return name.strip()


def _rooted(roots: Sequence[str]) -> tuple[str, ...]:
    """The roots without a slash at their ends; raises `MarkError` for one that stands twice."""
    paths = tuple(path.rstrip("/") or "/" for path in roots)
    for place, path in enumerate(paths):
        if path in paths[:place]:
            raise MarkError(f"duplicate project root: {path}")
    return paths
