"""Takes the turns that are undone out of their threads as well, so that the model forgets them with the files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from journeyman.cli.errors import CommandError
from journeyman.clock import SystemClock
from journeyman.store.errors import StoreError, ThreadBusyError, ThreadNotFoundError
from journeyman.store.revert import revert
from journeyman.store.rollout import Rollout
from journeyman.store.threads import RolloutStore
from journeyman.workspace.checkpoints.history import turns_in_effect
from journeyman.workspace.checkpoints.records import Checkpoint


class TalkBack:
    """The threads whose turns are undone, held from before the files change until they are taken back."""

    def __init__(
        self, store: RolloutStore, records: Sequence[Checkpoint], goal: Checkpoint, stack: ExitStack
    ) -> None:
        """Hold the thread of every turn that is in effect since `goal`, until `stack` ends.

        Raises:
            CommandError: a thread is open in another program, or cannot be written.
        """
        self._held: list[tuple[Rollout, str]] = []
        self.gone: list[str] = []
        firsts: dict[str, str] = {}
        for turn in turns_in_effect(records):
            if turn.first.id >= goal.id:
                firsts.setdefault(turn.thread_id, turn.turn_id)
        for thread_id, turn_id in firsts.items():
            try:
                rollout = Rollout.open(store.path_of(thread_id), SystemClock())
            except ThreadNotFoundError:
                self.gone.append(thread_id)
                continue
            except ThreadBusyError as error:
                raise CommandError(str(error)) from error
            except StoreError as error:
                raise CommandError(str(error)) from error
            stack.callback(rollout.close)
            self._held.append((rollout, turn_id))

    def take_back(self) -> list[str]:
        """Do it; what to tell, a line for each thread. A turn that was taken back before is passed over."""
        told = [f"Thread {thread_id} is not kept here." for thread_id in self.gone]
        for rollout, turn_id in self._held:
            try:
                path = revert(rollout, turn_id)
            except StoreError as error:
                told.append(f"The talk stays as it is: {error}.")
            else:
                told.append(f"The thread forgot these turns: {path.stem[-36:]}.")
        return told
