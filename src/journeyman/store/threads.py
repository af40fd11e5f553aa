"""The threads of one home: finds and reads their rollouts, those of foreign homes too, which are only read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from journeyman.protocol.threads import Thread, ThreadListParams, ThreadListResponse
from journeyman.store.errors import StoreError, ThreadNotFoundError
from journeyman.store.files import RolloutFile, files_of, folders, parse_name, rollouts_in, stamp
from journeyman.store.git_notes import GitNotes
from journeyman.store.head import read_head
from journeyman.store.marks import Marks
from journeyman.store.names import ThreadNames
from journeyman.store.replay import RecordedThread, read_rollout


class RolloutStore:
    """The rollouts of one home."""

    def __init__(self, home: Path, foreign: Sequence[Path] = ()) -> None:
        """Look under `home`, which need not exist yet, and then under the homes of other programs."""
        self.home = home
        self.foreign = tuple(foreign)
        self.names = ThreadNames(home)
        self.git_notes = GitNotes(home)
        self.marks = Marks(home)

    def path_of(self, thread_id: str) -> Path:
        """The file of a thread, archived or not; raises `ThreadNotFoundError`."""
        for home in (self.home, *self.foreign):
            if files := files_of(home, thread_id):
                return Path(files[-1].path)
        raise ThreadNotFoundError(f"no rollout found for thread id {thread_id}")

    def base_of(self, thread_id: str, path: Path) -> Path:
        """The file of `thread_id` that the one at `path` refers to: the newest that is older than it.

        Raises:
            ThreadNotFoundError: there is none.
        """
        own = parse_name(str(path))
        for home in (self.home, *self.foreign):
            files = sorted(files_of(home, thread_id))
            older = [file for file in files if _is_older(file, own)] or files[:1]
            if older:
                return Path(older[-1].path)
        raise ThreadNotFoundError(f"no rollout found for thread id {thread_id}")

    def is_foreign(self, path: Path) -> bool:
        """Whether the file is outside of this home, so that it is only read."""
        return not path.resolve().is_relative_to(self.home.resolve())

    def read(
        self, thread_id: str, *, with_turns: bool = True, is_running: bool = False
    ) -> RecordedThread:
        """Read a thread as `read_rollout` does, with its name; raises `StoreError`."""
        recorded = read_rollout(
            self.path_of(thread_id),
            find=self.base_of,
            with_turns=with_turns,
            is_running=is_running,
        )
        name = self.names.all().get(thread_id, recorded.name)
        return msgspec.structs.replace(recorded, name=name)

    def dressed(self, thread: Thread) -> Thread:
        """The thread with what its user gave it: a name, another place in its repository, a section, a project."""
        name = self.names.all().get(thread.id, thread.name)
        noted = self.git_notes.applied(msgspec.structs.replace(thread, name=name))
        return self.marks.applied(noted)

    def latest(self, cwd: str | None = None) -> Path | None:
        """The file of the thread that changed last, of those begun in `cwd` when given."""
        found = [
            (now.mtime_ns, file)
            for folder in folders(self.home, archived=False)
            for file in rollouts_in(folder)
            if (now := stamp(file.path)) is not None
        ]
        for _, file in sorted(found, reverse=True):
            path = Path(file.path)
            try:
                if cwd is None or read_head(path).meta.cwd == cwd:
                    return path
            except StoreError:
                continue
        return None

    def list(self, params: ThreadListParams, *, in_text: bool = False) -> ThreadListResponse:
        """One page of threads; see `ThreadLists.list`."""
        return self.lists().list(params, in_text=in_text)

    def lists(self):
        """What lists and searches threads."""
        from journeyman.store.lists import ThreadLists  # noqa: PLC0415 -- SQLite costs 8 ms that a run without lists need not pay

        return ThreadLists(self.home, self.foreign, self.names, self.marks, dressed=self.dressed)


def _is_older(file: RolloutFile, own: RolloutFile | None) -> bool:
    """Whether it was begun before the other; revisions are UUIDv7s, as exact as a millisecond."""
    return own is None or (file.began, file.revision) < (own.began, own.revision)
