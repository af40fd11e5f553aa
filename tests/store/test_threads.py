"""Finding and listing rollouts under a home."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from journeyman.protocol.threads import NotLoaded, Thread, ThreadListParams
from journeyman.store.errors import StoreError, ThreadNotFoundError
from journeyman.store.head import HEAD_BYTES
from journeyman.store.rollout import Rollout
from journeyman.store.text_search import find_text
from journeyman.store.threads import RolloutStore

IDS = [f"019a0000-0000-7000-8000-00000000000{n}" for n in range(1, 6)]


@pytest.fixture
def store(kit: Any, tmp_path: Path) -> RolloutStore:
    """Five threads, each changed a second after the one before; the last is archived."""
    store = RolloutStore(tmp_path)
    for second, thread_id in enumerate(IDS):
        path = kit.write(tmp_path, thread_id)
        os.utime(path, (1000 + second, 1000 + second))
    archive = tmp_path / "archived_sessions"
    archive.mkdir()
    last = store.path_of(IDS[4])
    last.rename(archive / last.name)
    store.names.set(IDS[1], "  that one of mine ", kit.clock)
    return store


def ids(threads: list[Thread]) -> list[str]:
    return [thread.id for thread in threads]


def test_path_of_finds_threads_archived_ones_too(store: RolloutStore) -> None:
    assert store.path_of(IDS[0]).name == f"rollout-2026-11-22T10-00-00-{IDS[0]}.jsonl"
    assert store.path_of(IDS[4]).parent.name == "archived_sessions"


@pytest.mark.parametrize("thread_id", ["", "*", "../x", IDS[0][:-1], "0199ffff" + IDS[0][8:]])
def test_path_of_refuses_what_is_no_known_id(store: RolloutStore, thread_id: str) -> None:
    with pytest.raises(ThreadNotFoundError, match="no rollout found for thread id"):
        store.path_of(thread_id)


def test_list_shows_a_thread_as_its_head_tells(kit: Any, store: RolloutStore) -> None:
    first = store.list(ThreadListParams(sort_direction="asc", limit=1)).data[0]
    assert first == Thread(
        id=IDS[0],
        session_id=IDS[0],
        cwd="/srv/app",
        preview="fix it",
        model_provider="openai",
        created_at=1795341600,
        updated_at=1000,
        cli_version="0.1.0",
        source="cli",
        status=NotLoaded(),
        path=str(store.path_of(IDS[0])),
        thread_source="user",
        originator="journeyman_exec",
    )


def test_list_pages_through_all_threads_newest_first(store: RolloutStore) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        page = store.list(ThreadListParams(limit=3, cursor=cursor))
        seen += ids(page.data)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == IDS[3::-1]
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (ThreadListParams(archived=True), IDS[4:]),
        (ThreadListParams(cwd="/elsewhere"), []),
        (ThreadListParams(cwd=["/elsewhere", "/srv/app"]), IDS[3::-1]),
        (ThreadListParams(search_term="FIX"), IDS[3::-1]),
        (ThreadListParams(search_term="no such words"), []),
        (ThreadListParams(search_term="MINE"), IDS[1:2]),
        (ThreadListParams(source_kinds=["exec", "subAgent"]), []),
        (ThreadListParams(source_kinds=["cli"], model_providers=["openai"]), IDS[3::-1]),
        (ThreadListParams(model_providers=["x"]), []),
        (ThreadListParams(parent_thread_id=IDS[0]), []),
        (ThreadListParams(excluded_thread_ids=IDS[2:4]), IDS[1::-1]),
        (ThreadListParams(sort_key="updated_at", sort_direction="asc"), IDS[:4]),
    ],
)
def test_list_keeps_what_is_asked_for(
    store: RolloutStore, params: ThreadListParams, expected: list[str]
) -> None:
    assert ids(store.list(params).data) == expected


def test_list_passes_over_files_that_are_no_rollouts(store: RolloutStore) -> None:
    good = store.path_of(IDS[0])
    for number, content in enumerate([b"", b"{}", b"\xff" * 100, b'{"type":"session_meta"}']):
        good.with_name(f"rollout-2026-11-22T10-00-00-x{number}.jsonl").write_bytes(content)
    good.with_name("rollout-not-a-date.jsonl").write_bytes(good.read_bytes())
    assert ids(store.list(ThreadListParams()).data) == IDS[3::-1]


def test_list_reads_only_the_head_of_a_file(kit: Any, tmp_path: Path) -> None:
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    rollout.append("response_item", kit.text_message("developer", "x" * HEAD_BYTES))
    rollout.append("event_msg", {"type": "user_message", "message": "too late to be seen"})
    rollout.close()
    [thread] = RolloutStore(tmp_path).list(ThreadListParams()).data
    assert thread.preview == ""


def test_list_leaves_out_threads_whose_user_said_nothing_yet(kit: Any, tmp_path: Path) -> None:
    store = RolloutStore(tmp_path)
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    assert store.list(ThreadListParams()).data == []
    rollout.append("event_msg", {"type": "user_message", "message": "hello"})
    rollout.close()
    assert [thread.preview for thread in store.list(ThreadListParams()).data] == ["hello"]


def test_latest_is_the_thread_that_changed_last(store: RolloutStore, tmp_path: Path) -> None:
    os.utime(store.path_of(IDS[1]), (5000, 5000))
    assert store.latest() == store.path_of(IDS[1])
    assert store.latest("/srv/app") == store.path_of(IDS[1])
    assert store.latest("/elsewhere") is None
    assert RolloutStore(tmp_path / "none").latest() is None


def test_backwards_cursor_turns_round_at_the_first_thread_of_its_page(store: RolloutStore) -> None:
    first = store.list(ThreadListParams(limit=2))
    second = store.list(ThreadListParams(limit=2, cursor=first.next_cursor))
    back = store.list(ThreadListParams(cursor=second.backwards_cursor, sort_direction="asc"))
    assert (ids(second.data), ids(back.data)) == (IDS[1::-1], IDS[1:4])


@pytest.mark.parametrize("cursor", ["x", "9" * 19 + "|a", "1|a|", "1|a|x", "12", "|", "12|", "a|b"])
def test_cursor_that_is_none_of_ours_is_refused(store: RolloutStore, cursor: str) -> None:
    with pytest.raises(StoreError, match="invalid cursor"):
        store.list(ThreadListParams(cursor=cursor))


@pytest.mark.parametrize(
    ("term", "is_found"),
    [("fixed.", True), ("FIX IT", True), ("exec_command", False), ("task_started", False)],
)
def test_search_in_text_finds_what_somebody_said(
    store: RolloutStore, term: str, is_found: bool
) -> None:
    found = store.list(ThreadListParams(search_term=term), in_text=True)
    assert bool(found.data) == is_found


def test_search_in_text_finds_a_term_across_two_blocks(kit: Any, tmp_path: Path) -> None:
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    rollout.append("event_msg", {"type": "user_message", "message": "hello"})
    path = rollout.path
    assert path is not None
    for shift in range(8):
        start = (1 << 20) * (shift + 1) - path.stat().st_size - 170 - shift
        rollout.append("world_state", {"filler": "x" * max(0, start)})
        rollout.append("event_msg", {"type": "agent_message", "message": f"needle{shift} said"})
    rollout.close()
    for shift in range(8):
        assert find_text(path, f"NEEDLE{shift} s") == f"needle{shift} said"
    assert find_text(path, "filler") is None
