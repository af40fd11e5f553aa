"""Going on with threads of another program: a copy becomes ours, the foreign home stays as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from journeyman.protocol.threads import ThreadListParams
from journeyman.store.adopt import path_to_resume
from journeyman.store.errors import StoreError
from journeyman.store.replay import read_rollout
from journeyman.store.rollout import Rollout
from journeyman.store.shelf import Shelf
from journeyman.store.threads import RolloutStore

PARENT = "019a0000-0000-7000-8000-000000000007"


@pytest.fixture
def store(tmp_path: Path) -> RolloutStore:
    return RolloutStore(tmp_path / "own", [tmp_path / "foreign"])


def content(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_foreign_thread_becomes_ours_as_a_copy(kit: Any, store: RolloutStore) -> None:
    [foreign] = store.foreign
    theirs = kit.write(foreign)
    os.utime(theirs, (1000, 1000))
    before = content(foreign)
    own = path_to_resume(store, kit.thread)
    assert own == store.home / theirs.relative_to(foreign)
    was, now = read_rollout(theirs), read_rollout(own)
    assert (now.history, now.turns, now.usage) == (was.history, was.turns, was.usage)
    assert own.stat().st_mtime == 1000
    rollout = Rollout.open(own, kit.clock)
    rollout.append("event_msg", {"type": "user_message", "message": "go on"})
    rollout.close()
    assert content(foreign) == before
    assert path_to_resume(store, kit.thread) == path_to_resume(store, "", theirs) == own
    [listed] = store.list(ThreadListParams()).data
    assert listed.path == str(own)
    assert [path.suffix for path in own.parent.iterdir()] == [".jsonl"]


def test_what_a_foreign_fork_refers_to_is_copied_with_it(kit: Any, store: RolloutStore) -> None:
    [foreign] = store.foreign
    parent = kit.write(foreign, PARENT)
    lines = parent.read_bytes().splitlines(keepends=True)
    base = {"thread_id": PARENT, "end_byte_offset": sum(map(len, lines[:13]))}
    rollout = Rollout.create(foreign, kit.meta(history_base=base), kit.clock)
    rollout.append("response_item", kit.text_message("user", "other way"))
    rollout.close()
    assert rollout.path is not None
    was = read_rollout(rollout.path, find=store.base_of)
    own = path_to_resume(store, kit.thread)
    parent.unlink()
    now = read_rollout(own)
    assert len(now.history) == 3
    assert (now.history, now.turns) == (was.history, was.turns)


def test_archived_thread_is_not_resumed(kit: Any, store: RolloutStore) -> None:
    kit.write(store.home)
    Shelf(store, kit.clock).archive(kit.thread)
    with pytest.raises(StoreError, match=f"archived. Run `jm unarchive {kit.thread}`"):
        path_to_resume(store, kit.thread)


@pytest.mark.parametrize(
    "change", [(b'"id":"019a', b'"id":"../9a'), (b'"timestamp":"2026-11', b'"timestamp":"../../x')]
)
def test_foreign_file_cannot_choose_where_its_copy_goes(
    kit: Any, store: RolloutStore, change: tuple[bytes, bytes]
) -> None:
    [foreign] = store.foreign
    theirs = kit.write(foreign)
    theirs.write_bytes(theirs.read_bytes().replace(*change))
    with pytest.raises(StoreError, match="its id or its time cannot be read"):
        path_to_resume(store, "", theirs)
    assert content(store.home) == {}
