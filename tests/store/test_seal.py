"""A rollout that was changed on disk is seen to be; whatever else happens to one is no change."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

from journeyman.store.fork import copy_spans, spans_until
from journeyman.store.rollout import Rollout
from journeyman.store.seal import changed_before

DONE = {"type": "task_complete", "turn_id": "t"}


def go_on(path: Path, kit: Any, *turns: str) -> None:
    rollout = Rollout.open(path, kit.clock)
    for text in turns:
        rollout.append("event_msg", {"type": "user_message", "message": text})
        rollout.append("event_msg", DONE)
    rollout.close()


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def test_untouched_rollout_fits_its_seals(kit: Any, recorded: Path) -> None:
    go_on(recorded, kit, "one", "two")
    go_on(recorded, kit, "three")
    assert recorded.read_bytes().count(b'"type":"seal"') >= 3
    assert changed_before(recorded) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"message":"one"', b'"message":"two"'),
        (b'"message":"one"', b'"message":"longer"'),
        (b'"message":"two"', b'"message":"2"'),
        (b'"type":"seal"', b'"type":"deal"'),
        (b'"digest":"', b'"digest":"0'),
    ],
)
def test_change_before_a_seal_is_seen(kit: Any, recorded: Path, old: bytes, new: bytes) -> None:
    go_on(recorded, kit, "one", "two", "three")
    edit(recorded, old, new)
    assert changed_before(recorded) == "2026-11-22T10:00:00.000Z"
    go_on(recorded, kit, "four")
    assert changed_before(recorded) is not None


def test_taking_lines_out_with_their_seal_is_seen(kit: Any, recorded: Path) -> None:
    go_on(recorded, kit, "one", "two", "three")
    lines = recorded.read_bytes().splitlines(keepends=True)
    recorded.write_bytes(b"".join([*lines[:-6], *lines[-3:]]))
    assert changed_before(recorded) is not None


def test_torn_and_foreign_lines_after_the_last_seal_are_no_change(kit: Any, recorded: Path) -> None:
    go_on(recorded, kit, "one")
    with recorded.open("ab") as file:
        file.write(b'{"type":"event_msg","payload":{"type":"seal"}}\n{"type":"seal","pay')
    assert changed_before(recorded) is None
    go_on(recorded, kit, "two")
    assert changed_before(recorded) is None
    edit(recorded, b'{"type":"event_msg","payload":{"type":"seal"}}', b"{}")
    assert changed_before(recorded) is not None


def test_seals_of_a_forks_parent_say_nothing_of_the_fork(kit: Any, recorded: Path) -> None:
    go_on(recorded, kit, "one")
    fork = Rollout.create(
        recorded.parents[4], kit.meta("019a0000-0000-7000-8000-000000000002"), kit.clock
    )
    assert fork.path is not None
    copy_spans(spans_until(recorded), fork)
    assert changed_before(fork.path) is None
    fork.append("event_msg", DONE)
    fork.close()
    assert changed_before(fork.path) is None


def test_rollout_without_seals_is_not_judged() -> None:
    assert changed_before(Path(__file__).parent / "golden/codex_like.jsonl") is None


def test_of_a_large_rollout_the_last_part_is_judged(kit: Any, recorded: Path) -> None:
    # Each turn is more than half of what is looked at.
    go_on(recorded, kit, *(f"{turn}" + "x" * (34 << 20) for turn in range(3)))
    assert changed_before(recorded) is None
    patch(recorded, b'"message":"0xx')
    assert changed_before(recorded) is None
    patch(recorded, b'"message":"1xx')
    assert changed_before(recorded) is not None


def patch(path: Path, text: bytes) -> None:
    """Change one letter in place."""
    with path.open("r+b") as file, mmap(file.fileno(), 0) as data:
        data[data.find(text) + len(text) - 1] = ord("y")
