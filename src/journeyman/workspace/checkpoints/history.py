"""Which turns a project's checkpoints belong to, and what undoing the last ones means. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from journeyman.workspace.checkpoints.records import Checkpoint, CheckpointError


class TurnMark(msgspec.Struct, frozen=True):
    """A turn that changed, or may have changed, the project; `first` is the checkpoint before its first call."""

    thread_id: str
    turn_id: str
    first: Checkpoint


def turns_in_effect(records: Sequence[Checkpoint]) -> tuple[TurnMark, ...]:
    """The turns whose effect the project shows, oldest first.

    A restore goes back to the turns that were in effect at its checkpoint; so undoing an undo brings its
    turns back.
    """
    now: tuple[TurnMark, ...] = ()
    before: dict[int, tuple[TurnMark, ...]] = {}
    for record in records:
        before[record.id] = now
        if record.kind == "undo" and record.paths:
            continue
        if record.kind == "undo":
            now = before.get(record.target or 0, ())
        elif not any(_is_of(turn, record) for turn in now):
            now = (*now, TurnMark(record.thread_id, record.turn_id, record))
    return now


def checkpoint_before(records: Sequence[Checkpoint], turns: int) -> Checkpoint:
    """The checkpoint that undoes the last `turns` turns; raises `CheckpointError` when there are fewer."""
    marks = turns_in_effect(records)
    if not 1 <= turns <= len(marks):
        there = f"only {len(marks)} turns" if marks else "no turn"
        raise CheckpointError(
            f"there is {there} to undo here; `jm checkpoints` lists what there is"
        )
    return marks[-turns].first


def find(records: Sequence[Checkpoint], checkpoint_id: int) -> Checkpoint:
    """The checkpoint of that id; raises `CheckpointError`."""
    for record in records:
        if record.id == checkpoint_id:
            return record
    raise CheckpointError(
        f"there is no checkpoint {checkpoint_id} here; `jm checkpoints` lists what there is"
    )


def _is_of(turn: TurnMark, record: Checkpoint) -> bool:
    return (turn.thread_id, turn.turn_id) == (record.thread_id, record.turn_id)
