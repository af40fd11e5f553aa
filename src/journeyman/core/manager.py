"""Owns the loaded threads: starts, resumes and forks them through a factory, finds them, closes them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from journeyman.clock import Clock, SystemClock
from journeyman.core.audience import Subscriber
from journeyman.core.thread import Thread
from journeyman.core.vacancy import Vacancies
from journeyman.protocol import events, threads
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.read_states import ThreadReadState, ThreadReadStateChangedNotification
from journeyman.protocol.thread_shelf import ThreadClosedNotification, ThreadNameUpdatedNotification
from journeyman.protocol.turns import Turn
from journeyman.store.errors import MarkError, StoreError
from journeyman.store.files import ARCHIVED
from journeyman.store.headers import thread_of
from journeyman.store.marks import Marks
from journeyman.store.pages import ThreadPages
from journeyman.store.restore import Restorer, Restoring
from journeyman.store.shelf import Shelf
from journeyman.store.threads import RolloutStore


class ThreadFactory(Protocol):
    """Builds threads from what a client asks and what config says; raises `RpcError` when it cannot."""

    async def start(self, params: threads.ThreadStartParams) -> Thread:
        """A new thread with its rollout."""
        ...

    async def resume(self, params: threads.ThreadResumeParams) -> Thread:
        """A thread from its rollout, which it then owns as the only writer."""
        ...

    async def fork(self, params: threads.ThreadForkParams) -> Thread:
        """A new thread that begins with another's history."""
        ...


class ThreadManager:
    """The threads of one server."""

    def __init__(
        self,
        factory: ThreadFactory,
        store: RolloutStore,
        clock: Clock | None = None,
        *,
        keeps_read_states: bool = False,
    ) -> None:
        """Nothing is loaded yet; whoever has clients sets `tell_all`, for what nobody needs to follow.

        With `keeps_read_states` the end of a turn is unread until a client says otherwise.
        """
        self._factory = factory
        self._store = store
        self._clock = clock or SystemClock()
        self._shelf = Shelf(store, self._clock)
        self._keeps_read_states = keeps_read_states
        self._loaded: dict[str, Thread] = {}
        self._vacancies = Vacancies(self._let_go)
        self.tell_all: Callable[[events.Notification], None] = lambda _: None

    @property
    def marks(self) -> Marks:
        """What the user keeps of threads beside their rollouts."""
        return self._store.marks

    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    async def start(self, params: threads.ThreadStartParams, subscriber: Subscriber) -> Thread:
        """Start a thread; raises `RpcError` where it cannot be, or there is no such project."""
        if params.project_id is not None:
            self._expect_project(params.project_id)
        return await self._begin(await self._factory.start(params), params.project_id, subscriber)

    async def resume(self, params: threads.ThreadResumeParams, subscriber: Subscriber) -> Thread:
        """Load a thread, or join it when it is loaded already."""
        await self._vacancies.end(params.thread_id)
        loaded = self._loaded.get(params.thread_id)
        return self._keep(loaded or await self._factory.resume(params), subscriber)

    async def fork(self, params: threads.ThreadForkParams, subscriber: Subscriber) -> Thread:
        """Copy a thread into a new one, which belongs to the same project."""
        project_id = self.marks.projects.project_of(params.thread_id)
        return await self._begin(await self._factory.fork(params), project_id, subscriber)

    def get(self, thread_id: str) -> Thread:
        """A loaded thread; raises `RpcError` when it is not loaded."""
        thread = self._loaded.get(thread_id)
        if thread is None:
            message = f"thread not found: {thread_id}"
            raise RpcError(message)
        return thread

    def list_threads(
        self, params: threads.ThreadListParams, *, in_text: bool = False
    ) -> threads.ThreadListResponse:
        """One page of the recorded threads, the loaded ones with their status; raises `StoreError`."""
        page = self._store.list(params, in_text=in_text)
        data = [
            msgspec.structs.replace(thread, status=self._loaded[thread.id].header().status)
            if thread.id in self._loaded
            else thread
            for thread in page.data
        ]
        return msgspec.structs.replace(page, data=data)

    def read(self, params: threads.ThreadReadParams) -> threads.Thread:
        """One thread, loaded or only recorded; raises `StoreError` when there is none."""
        loaded = self._loaded.get(params.thread_id)
        header = self._store.dressed(loaded.header()) if loaded else None
        if header and not params.include_turns:
            return msgspec.structs.replace(header, turns=[])
        if header and header.ephemeral:
            return header
        recorded = self._store.read(
            params.thread_id,
            with_turns=params.include_turns,
            is_running=header is not None and isinstance(header.status, threads.Active),
        )
        shown = header or self._store.dressed(thread_of(recorded))
        return msgspec.structs.replace(shown, turns=recorded.turns)

    def pages(self, thread_id: str, restoring: Restoring = Restorer) -> ThreadPages:
        """The turns and items of a recorded thread, `restoring` those that are kept beside it.

        Raises:
            StoreError: there is none.
        """
        loaded = self._loaded.get(thread_id)
        is_running = loaded is not None and isinstance(loaded.header().status, threads.Active)
        path = self._store.path_of(thread_id)
        return ThreadPages(path, self._store.base_of, is_running=is_running, restoring=restoring)

    def loaded(self) -> list[str]:
        """The ids of the loaded threads, in the order they were loaded."""
        return list(self._loaded)

    def expect(self, thread_id: str) -> None:
        """Raise `StoreError` where no such thread is kept, or it is ephemeral."""
        loaded = self._loaded.get(thread_id)
        if loaded is None:
            self._store.path_of(thread_id)
        elif loaded.header().ephemeral:
            raise StoreError(f"nothing is kept of an ephemeral thread: {thread_id}")

    def is_archived(self, thread_id: str) -> bool | None:
        """Whether a thread is in the archive; None where there is none of this id."""
        if thread_id in self._loaded:
            return False
        try:
            return self._store.path_of(thread_id).parent.name == ARCHIVED
        except StoreError:
            return None

    def updated_at(self, thread_ids: Sequence[str]) -> int | None:
        """When the one of these threads changed that changed last, in unix seconds."""
        return self._store.lists().updated_at(thread_ids) if thread_ids else None

    def read_state(self, thread_id: str) -> ThreadReadState | None:
        """How far the user has read a thread; None where there is nothing to be read yet, or nothing is kept of it.

        Raises:
            RpcError: there is no such thread.
        """
        loaded = self._loaded.get(thread_id)
        try:
            if loaded is None:
                self._store.path_of(thread_id)
            elif loaded.header().ephemeral or not loaded.header().preview:
                return None
        except StoreError as error:
            raise RpcError(f"thread not loaded: {thread_id}") from error
        return self._store.marks.read_states.of(thread_id)

    def set_name(self, thread_id: str, name: str) -> str:
        """Name a thread; returns the name as it was kept. Raises `StoreError` when it cannot be."""
        loaded = self._loaded.get(thread_id)
        if loaded is None:
            self._store.path_of(thread_id)
        kept = self._store.names.set(thread_id, name, self._clock)
        if loaded is not None:
            loaded.dress(self._store.dressed)
        return kept

    def update_git(self, thread_id: str, changes: Mapping[str, str | None]) -> threads.Thread:
        """Say anew where a thread's repository stands; raises `StoreError`, `RpcError` for an ephemeral thread."""
        loaded = self._loaded.get(thread_id)
        if loaded is None:
            self._store.path_of(thread_id)
        elif loaded.header().ephemeral:
            raise RpcError(f"ephemeral thread does not support metadata updates: {thread_id}")
        if changes:
            self._store.git_notes.add(thread_id, changes, self._clock)
        if loaded is not None:
            loaded.dress(self._store.dressed)
        return self.read(threads.ThreadReadParams(thread_id=thread_id))

    async def archive(self, thread_id: str) -> None:
        """Unload a thread and put it into the archive; raises `StoreError` where there is none."""
        self._store.path_of(thread_id)
        await self._unload(thread_id)
        self._shelf.archive(thread_id)

    def unarchive(self, thread_id: str) -> threads.Thread:
        """Bring a thread back from the archive; raises `StoreError` where it is not there."""
        self._shelf.unarchive(thread_id)
        return self._store.dressed(thread_of(self._store.read(thread_id, with_turns=False)))

    async def delete(self, thread_id: str) -> None:
        """Unload a thread and remove it; raises `StoreError` where there is none."""
        self._store.path_of(thread_id)
        await self._unload(thread_id)
        self._shelf.delete(thread_id)

    def leave(self, thread_id: str, subscriber: Subscriber) -> None:
        """Tell a subscriber nothing more of a thread, which is let go after the last; no error when either is gone."""
        if thread := self._loaded.get(thread_id):
            thread.audience.unsubscribe(subscriber)
            if thread.audience.is_empty:
                self._vacancies.begin(thread)

    async def close(self) -> None:
        """Close every thread."""
        await self._vacancies.close()
        for thread in list(self._loaded.values()):
            await thread.close()
        self._loaded.clear()

    async def _let_go(self, thread: Thread) -> None:
        del self._loaded[thread.id]
        await thread.close()
        status = threads.NotLoaded()
        self.tell_all(events.ThreadStatusChangedNotification(thread_id=thread.id, status=status))
        self.tell_all(ThreadClosedNotification(thread_id=thread.id))

    async def _unload(self, thread_id: str) -> None:
        await self._vacancies.end(thread_id)
        thread = self._loaded.pop(thread_id, None)
        if thread is not None:
            await thread.close()
            gone = events.ThreadStatusChangedNotification(
                thread_id=thread_id, status=threads.NotLoaded()
            )
            thread.audience.tell(gone)

    def _give_title(self, thread_id: str, title: str) -> None:
        # Whatever a person said meanwhile counts, in this process or another.
        if thread_id in self._store.names.all():
            return
        kept = self.set_name(thread_id, title)
        self.tell_all(ThreadNameUpdatedNotification(thread_id=thread_id, thread_name=kept))

    def _turn_ended(self, thread: Thread, turn: Turn) -> None:
        # Whoever interrupts a turn has seen its end.
        if turn.status == "interrupted" or thread.header().ephemeral:
            return
        try:
            state = self._store.marks.read_states.turn_ended(thread.id, turn.id)
        except StoreError as error:
            text = f"The thread was not marked as unread: {error}"
            thread.audience.tell(events.WarningNotification(message=text, thread_id=thread.id))
            return
        self.tell_all(ThreadReadStateChangedNotification(thread_id=thread.id, read_state=state))

    def _expect_project(self, project_id: str) -> None:
        try:
            self.marks.projects.get(project_id)
        except MarkError as error:
            raise RpcError(str(error)) from error

    async def _begin(
        self, thread: Thread, project_id: str | None, subscriber: Subscriber
    ) -> Thread:
        """Keep a new thread, which belongs to this project; one that cannot be put there ends at once."""
        try:
            if project_id is not None and not thread.header().ephemeral:
                self.marks.projects.assign(thread.id, project_id)
        except StoreError:
            await thread.close()
            raise
        return self._keep(thread, subscriber)

    def _keep(self, thread: Thread, subscriber: Subscriber) -> Thread:
        self._loaded[thread.id] = thread
        thread.titles.give = partial(self._give_title, thread.id)
        if self._keeps_read_states:
            thread.when_settled = partial(self._turn_ended, thread)
        thread.audience.subscribe(subscriber)
        thread.dress(self._store.dressed)
        return thread
