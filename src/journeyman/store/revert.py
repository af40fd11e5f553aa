"""Takes turns back: a marker at the end of the rollout, which readers honour, the reference too.

Nothing is removed from the file. The marker is the reference's own line for this, which counts turns; ours
says besides which turn it was and where it begins, so that nobody has to count.
"""

from __future__ import annotations

from pathlib import Path

from journeyman.store.errors import StoreError, cannot
from journeyman.store.landmarks import has_input
from journeyman.store.rollout import Rollout
from journeyman.store.spans import FindRollout, Walk


def revert(rollout: Rollout, before_turn_id: str, find: FindRollout | None = None) -> Path:
    """Take back this turn and all after it; returns the file, whose history its holder reads again.

    Raises:
        StoreError: the thread is not kept, has no such turn, or cannot be written.
    """
    path = rollout.path
    if path is None:
        raise StoreError("a thread that is not kept cannot be taken back")
    count = 0
    for mark in Walk(path, find).marks():
        if mark.landmark.kind != "turn":
            continue
        try:
            with mark.path.open("rb") as file:
                count += has_input(file, mark.landmark.start, mark.end)
        except OSError as error:
            raise cannot("read", mark.path, error) from error
        if mark.landmark.members.get("turn_id") == before_turn_id:
            offset = mark.landmark.start if mark.path == path else None
            rollout.append(
                "event_msg",
                {
                    "type": "thread_rolled_back",
                    "num_turns": count,
                    "before_turn_id": before_turn_id,
                    "before_offset": offset,
                },
            )
            return path
    raise StoreError(f"no turn {before_turn_id} in this thread")
