"""How far the user has read each thread: a small file for each, since it changes with every turn."""

from __future__ import annotations

import uuid
from pathlib import Path

import msgspec

from journeyman.protocol.read_states import ThreadReadState, UnreadPosition, UnreadTurn
from journeyman.store.document import ThreadDocuments


class _State(msgspec.Struct, frozen=True):
    revision: str = ""
    first_unread: UnreadPosition | None = None


class ReadStates:
    """The states of one home's threads; whoever asks knows that the thread is there."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._files = ThreadDocuments(folder, _State())

    def of(self, thread_id: str) -> ThreadReadState:
        """The state; a thread of which nothing is kept counts as read."""
        return _shown(thread_id, self._files.shown(thread_id))

    def turn_ended(self, thread_id: str, turn_id: str) -> ThreadReadState:
        """The end of a turn is there to be seen; raises `StoreError`."""

        def work(state: _State) -> tuple[_State, ThreadReadState]:
            after = _State(str(uuid.uuid4()), state.first_unread or UnreadTurn(turn_id=turn_id))
            return after, _shown(thread_id, after)

        return self._files.at(thread_id).change(work)

    def turns_taken_back(self, thread_id: str, first_turn_id: str) -> ThreadReadState | None:
        """This turn and those after it are gone; returns the state where it is another now. Raises `StoreError`."""

        def work(state: _State) -> tuple[_State, ThreadReadState | None]:
            unread = state.first_unread
            # Ids of turns sort by their time.
            if not isinstance(unread, UnreadTurn) or unread.turn_id < first_turn_id:
                return state, None
            after = _State(str(uuid.uuid4()), None)
            return after, _shown(thread_id, after)

        return self._files.at(thread_id).change(work) if self.of(thread_id).first_unread else None

    def mark(
        self, thread_id: str, first_unread: UnreadPosition | None, *, expected_revision: str
    ) -> tuple[ThreadReadState, bool]:
        """Set the state where its revision is the expected one; returns the state, and whether it was. Raises `StoreError`."""

        def work(state: _State) -> tuple[_State, tuple[ThreadReadState, bool]]:
            if _shown(thread_id, state).revision != expected_revision:
                return state, (_shown(thread_id, state), False)
            after = _State(str(uuid.uuid4()), first_unread)
            return after, (_shown(thread_id, after), True)

        return self._files.at(thread_id).change(work)

    def forget(self, thread_id: str) -> None:
        """The thread is gone; raises `StoreError`."""
        self._files.at(thread_id).remove()


def _shown(thread_id: str, state: _State) -> ThreadReadState:
    revision = state.revision or f"initial:{thread_id}"
    return ThreadReadState(revision=revision, first_unread=state.first_unread)
