"""Archiving, bringing back and deleting threads; naming them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from journeyman.protocol.threads import ThreadListParams
from journeyman.store.errors import StoreError, ThreadBusyError, ThreadNotFoundError
from journeyman.store.files import blobs_of
from journeyman.store.names import ThreadNames
from journeyman.store.rollout import Rollout
from journeyman.store.shelf import Shelf
from journeyman.store.threads import RolloutStore


@pytest.fixture
def store(recorded: Path, tmp_path: Path) -> RolloutStore:
    blobs = blobs_of(recorded)
    blobs.mkdir()
    (blobs / "abc").write_bytes(b"large")
    return RolloutStore(tmp_path)


def listed(store: RolloutStore, *, archived: bool) -> list[str]:
    return [thread.id for thread in store.list(ThreadListParams(archived=archived)).data]


def test_archived_thread_is_listed_apart_and_can_come_back(kit: Any, store: RolloutStore) -> None:
    shelf = Shelf(store, kit.clock)
    path = store.path_of(kit.thread)
    shelf.archive(kit.thread)
    away = store.path_of(kit.thread)
    assert away == store.home / "archived_sessions" / path.name
    assert (blobs_of(away) / "abc").read_bytes() == b"large"
    assert (listed(store, archived=False), listed(store, archived=True)) == ([], [kit.thread])
    with pytest.raises(ThreadNotFoundError, match="no rollout found for thread id"):
        shelf.archive(kit.thread)
    shelf.unarchive(kit.thread)
    assert store.path_of(kit.thread) == path
    assert (blobs_of(path) / "abc").read_bytes() == b"large"
    assert (listed(store, archived=False), listed(store, archived=True)) == ([kit.thread], [])
    with pytest.raises(ThreadNotFoundError, match="no archived rollout found for thread id"):
        shelf.unarchive(kit.thread)


@pytest.mark.parametrize("is_archived", [False, True])
def test_deleted_thread_leaves_nothing(kit: Any, store: RolloutStore, is_archived: bool) -> None:
    shelf = Shelf(store, kit.clock)
    if is_archived:
        shelf.archive(kit.thread)
    shelf.delete(kit.thread)
    assert [path for path in store.home.rglob("*") if path.is_file()] == []
    with pytest.raises(ThreadNotFoundError):
        shelf.delete(kit.thread)


def test_thread_that_somebody_writes_stays(kit: Any, store: RolloutStore) -> None:
    shelf = Shelf(store, kit.clock)
    writer = Rollout.open(store.path_of(kit.thread), kit.clock)
    for act in (shelf.archive, shelf.delete):
        with pytest.raises(ThreadBusyError, match="already has an active writer"):
            act(kit.thread)
    writer.close()
    assert listed(store, archived=False) == [kit.thread]


def test_file_that_was_deleted_meanwhile_is_not_written(kit: Any, recorded: Path) -> None:
    # Whoever opened it before the deletion gets the lock after it.
    fd = os.open(recorded, os.O_RDONLY)
    recorded.unlink()
    with pytest.raises(ThreadNotFoundError):
        Rollout.open(Path(f"/proc/self/fd/{fd}"), kit.clock)
    os.close(fd)


def test_last_name_counts_and_torn_lines_cost_themselves(kit: Any, tmp_path: Path) -> None:
    names = ThreadNames(tmp_path)
    assert names.all() == {}
    for thread_id, name in (("a", "one"), ("b", "two"), ("a", " three ")):
        names.set(thread_id, name, kit.clock)
    index = tmp_path / "session_index.jsonl"
    index.write_bytes(index.read_bytes() + b'\xff\n[]\n{"id":"a","thr')
    assert ThreadNames(tmp_path).all() == {"b": "two", "a": "three"}
    names.set("b", "three", kit.clock)
    assert names.all() == {"a": "three", "b": "three"}
    assert (names.find("three"), names.find("one")) == ("b", None)


@pytest.mark.parametrize("name", ["", " \t", "a\nb", "a\x1b[2J", "x" * 201])
def test_name_that_is_not_one_line_is_refused(kit: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="name"):
        ThreadNames(tmp_path).set("a", name, kit.clock)
    assert list(tmp_path.iterdir()) == []
