"""What the user keeps of threads beside the rollouts, in the folder `marks`; the truth of it, and no cache.

Sections, projects, attachments and how far each thread was read. A rollout is not touched by any of it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.protocol.threads import Thread
from journeyman.store.attachments import Attachments
from journeyman.store.projects import Projects
from journeyman.store.read_states import ReadStates
from journeyman.store.sections import ThreadSections

_FOLDER = "marks"


class Marks:
    """The marks of one home's threads."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet; the folder need not exist."""
        folder = home / _FOLDER
        self.sections = ThreadSections(folder / "sections.json")
        self.projects = Projects(folder / "projects.json")
        self.attachments = Attachments(folder / "attachments")
        self.read_states = ReadStates(folder / "read")

    def applied(self, thread: Thread) -> Thread:
        """The thread with its section and its project."""
        section, entered_at = self.sections.place_of(thread.id) or (None, None)
        project_id = self.projects.project_of(thread.id)
        return msgspec.structs.replace(
            thread, section=section, section_entered_at=entered_at, project_id=project_id
        )

    def forget(self, thread_id: str) -> None:
        """The thread is gone; raises `StoreError`."""
        self.sections.forget(thread_id)
        self.projects.forget(thread_id)
        self.attachments.forget(thread_id)
        self.read_states.forget(thread_id)
