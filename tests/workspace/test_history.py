"""Which turns an undo undoes."""

from __future__ import annotations

import pytest

from journeyman.workspace.checkpoints.history import checkpoint_before, find, turns_in_effect
from journeyman.workspace.checkpoints.records import Checkpoint, CheckpointError


def call(number: int, turn: str) -> Checkpoint:
    return Checkpoint(
        id=number, at_ms=0, kind="call", reason="", tree="", extra="", thread_id="t", turn_id=turn
    )


def undo(number: int, target: int, *paths: str) -> Checkpoint:
    return Checkpoint(
        id=number, at_ms=0, kind="undo", reason="", tree="", extra="", target=target, paths=paths
    )


TWO_TURNS = [call(1, "a"), call(2, "a"), call(3, "b"), call(4, "b")]


@pytest.mark.parametrize(
    ("records", "starts"),
    [
        (TWO_TURNS, [1, 3]),
        ([*TWO_TURNS, undo(5, 3)], [1]),
        ([*TWO_TURNS, undo(5, 3), undo(6, 1)], []),
        ([*TWO_TURNS, undo(5, 3), undo(6, 5)], [1, 3]),
        ([*TWO_TURNS, undo(5, 3, "one/path")], [1, 3]),
        ([*TWO_TURNS, undo(5, 3), call(6, "c")], [1, 6]),
        ([*TWO_TURNS, undo(5, 4)], [1, 3]),
    ],
)
def test_turns_in_effect_are_those_since_what_was_restored(
    records: list[Checkpoint], starts: list[int]
) -> None:
    assert [turn.first.id for turn in turns_in_effect(records)] == starts


def test_checkpoint_before_counts_turns_from_the_last() -> None:
    assert checkpoint_before(TWO_TURNS, 1) == TWO_TURNS[2]
    assert checkpoint_before(TWO_TURNS, 2) == TWO_TURNS[0]
    with pytest.raises(CheckpointError, match="only 2 turns to undo"):
        checkpoint_before(TWO_TURNS, 3)
    with pytest.raises(CheckpointError, match="no checkpoint 9"):
        find(TWO_TURNS, 9)
