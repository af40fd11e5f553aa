"""The index is a cache: whatever happens to it, lists show what the files hold."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from journeyman.protocol.threads import ThreadListParams
from journeyman.store.rollout import Rollout
from journeyman.store.threads import RolloutStore

IDS = [f"019a0000-0000-7000-8000-00000000000{n}" for n in range(1, 4)]


@pytest.fixture
def home(kit: Any, tmp_path: Path) -> Path:
    """Three threads, in an index that has seen them."""
    for thread_id in IDS:
        kit.write(tmp_path, thread_id)
    assert listed(tmp_path) == IDS
    return tmp_path


def listed(home: Path, *foreign: Path, **params: Any) -> list[str]:
    page = RolloutStore(home, foreign).list(ThreadListParams(sort_direction="asc", **params))
    return [thread.id for thread in page.data]


def garble(index: Path) -> None:
    index.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)


def cut(index: Path) -> None:
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


def run(index: Path, *statements: str) -> None:
    database = sqlite3.connect(index)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def other_tables(index: Path) -> None:
    run(index, "DROP TABLE rollouts", "CREATE TABLE rollouts (path TEXT)")


def other_version(index: Path) -> None:
    run(index, "PRAGMA user_version = 99", "DELETE FROM rollouts")


def no_threads(index: Path) -> None:
    run(index, "UPDATE rollouts SET thread = '{'")


def a_folder(index: Path) -> None:
    index.unlink()
    index.mkdir()


@pytest.mark.parametrize(
    "damage", [garble, cut, other_tables, other_version, no_threads, a_folder, Path.unlink]
)
def test_list_is_right_whatever_the_index_holds(home: Path, damage: Callable[[Path], None]) -> None:
    damage(home / "index.sqlite")
    assert listed(home) == IDS
    assert listed(home, sort_key="updated_at", search_term="fix") == IDS


def test_damaged_index_is_made_anew(home: Path) -> None:
    index = home / "index.sqlite"
    garble(index)
    assert listed(home) == IDS
    database = sqlite3.connect(index)
    assert database.execute("SELECT count(*) FROM rollouts").fetchone() == (3,)
    database.close()
    assert index.stat().st_mode & 0o777 == 0o600


def test_list_is_right_while_another_process_holds_the_index(kit: Any, home: Path) -> None:
    index = home / "index.sqlite"
    database = sqlite3.connect(index, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    kit.write(home, IDS[0][:-1] + "9")
    assert listed(home) == [*IDS, IDS[0][:-1] + "9"]
    database.execute("ROLLBACK")
    assert database.execute("SELECT count(*) FROM rollouts").fetchone() == (3,)
    database.close()


def test_list_follows_the_files(kit: Any, home: Path) -> None:
    store = RolloutStore(home)
    store.path_of(IDS[1]).unlink()
    kit.write(home, IDS[0][:-1] + "8")
    os.utime(store.path_of(IDS[0]), (5000, 5000))
    page = store.list(ThreadListParams(sort_direction="asc"))
    assert [(thread.id, thread.updated_at == 5000) for thread in page.data] == [
        (IDS[0], True),
        (IDS[2], False),
        (IDS[0][:-1] + "8", False),
    ]
    assert listed(home, sort_key="updated_at")[0] == IDS[0]


def test_nothing_is_written_where_nothing_changed(home: Path) -> None:
    folder = RolloutStore(home).path_of(IDS[0]).parent
    os.utime(folder, (1000, 1000))  # long enough ago for its time to be trusted
    listed(home, sort_key="updated_at")
    before = (home / "index.sqlite").stat().st_mtime_ns, sorted(home.iterdir())
    assert listed(home) == listed(home, sort_key="updated_at") == IDS
    assert ((home / "index.sqlite").stat().st_mtime_ns, sorted(home.iterdir())) == before


def test_newest_file_of_a_thread_that_the_reference_rewrote_is_the_thread(
    kit: Any, home: Path
) -> None:
    store = RolloutStore(home)
    first = store.path_of(IDS[0])
    base = {"thread_id": IDS[0], "end_byte_offset": 0}
    meta = kit.meta(IDS[0], history_base=base)
    other = Rollout.create(home / "other", meta, kit.clock)
    other.append("response_item", kit.text_message("user", "again"))
    other.append("event_msg", {"type": "user_message", "message": "rewritten"})
    other.close()
    assert other.path is not None
    # Another day's folder, as when a thread is rewritten later.
    later = home / "sessions/2026/11/23"
    later.mkdir()
    newer = (
        later / f"rollout-2026-11-23T10-00-00-{IDS[0]}_019b0000-0000-7000-8000-000000000001.jsonl"
    )
    other.path.rename(newer)
    first.write_bytes(first.read_bytes().replace(b'"legacy"', b'"paginated"', 1))
    assert store.path_of(IDS[0]) == newer
    assert store.base_of(IDS[0], newer) == first
    assert [thread.path for thread in store.list(ThreadListParams()).data].count(str(newer)) == 1
    assert listed(home) == IDS
    newer.unlink()
    assert listed(home) == IDS
    assert store.path_of(IDS[0]) == first


def test_foreign_threads_are_listed_and_ours_come_first(
    kit: Any, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign = tmp_path_factory.mktemp("foreign")
    theirs = "019a0000-0000-7000-8000-0000000000ff"
    for thread_id in (IDS[0], theirs):
        kit.write(foreign, thread_id)
    before = sorted(path for path in foreign.rglob("*"))
    assert listed(home, foreign) == [*IDS, theirs]
    store = RolloutStore(home, [foreign])
    assert [store.is_foreign(store.path_of(wanted)) for wanted in (IDS[0], theirs)] == [False, True]
    assert sorted(path for path in foreign.rglob("*")) == before
    assert listed(home) == IDS


def test_find_gives_what_an_id_may_begin_with(home: Path) -> None:
    lists = RolloutStore(home).lists()
    assert [thread.id for thread in lists.find(IDS[1])] == [IDS[1]]
    assert len(lists.find("019a")) == 2
    assert lists.find("ffff") == []


def test_rebuild_counts_what_it_found(home: Path) -> None:
    assert RolloutStore(home).lists().rebuild() == 3
