"""Taking turns back, reading long threads from their end, and turns and items in pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeyman.protocol.history import InputText, Message, OutputText
from journeyman.protocol.turns import Turn
from journeyman.store.errors import StoreError
from journeyman.store.pages import ThreadPages
from journeyman.store.replay import read_rollout
from journeyman.store.revert import revert
from journeyman.store.rollout import Rollout
from journeyman.store.spans import Reach


def write_turn(kit: Any, rollout: Rollout, name: str, filler: int = 0) -> None:
    """A turn named after what is asked in it, with two items."""
    turn = f"turn-{name}"
    user = {"type": "userMessage", "id": f"u{name}", "content": [{"type": "text", "text": name}]}
    said = {"type": "agentMessage", "id": f"a{name}", "text": "x" * filler}
    rollout.append("event_msg", {"type": "task_started", "turn_id": turn})
    rollout.append("response_item", kit.text_message("user", name))
    for kind, item in (("item_started", user), ("item_completed", user)):
        rollout.append(kind, {"turn_id": turn, "item": item})
    rollout.append("item_started", {"turn_id": turn, "item": said})
    rollout.append("item_completed", {"turn_id": turn, "item": said})
    rollout.append("response_item", kit.text_message("assistant", f"re {name}"))
    rollout.append("event_msg", {"type": "task_complete", "turn_id": turn})


@pytest.fixture
def rollout(kit: Any, tmp_path: Path) -> Rollout:
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    for name in "123":
        write_turn(kit, rollout, name)
    return rollout


def path_of(rollout: Rollout) -> Path:
    assert rollout.path is not None
    return rollout.path


def asked(path: Path, reach: Reach | None = None) -> str:
    """What the user asked in the history that the model sees."""
    recorded = read_rollout(path, reach=reach) if reach else read_rollout(path)
    texts = [
        part.text
        for item in recorded.history
        if isinstance(item, Message) and item.role == "user"
        for part in item.content
        if isinstance(part, InputText | OutputText)
    ]
    return "".join(texts)


def names(turns: Sequence[Turn]) -> str:
    return "".join(turn.id.removeprefix("turn-") for turn in turns)


def paged(path: Path, *, newest_first: bool = True, size: int = 1) -> str:
    """The turns of all pages, each asked for with the cursor of the one before."""
    seen: list[Turn] = []
    cursor: str | None = None
    while page := list(islice(ThreadPages(path).turns(cursor, newest_first=newest_first), size)):
        seen += [entry.turn for entry in page]
        cursor = page[-1].place.cursor()
    return names(seen)


@pytest.mark.parametrize(("before", "left"), [("turn-3", "12"), ("turn-2", "1"), ("turn-1", "")])
def test_reverted_turns_are_gone_for_the_model_and_the_reader(
    kit: Any, rollout: Rollout, before: str, left: str
) -> None:
    path = path_of(rollout)
    content = path.read_bytes()
    revert(rollout, before)
    assert path.read_bytes().startswith(content)
    assert (asked(path), names(read_rollout(path).turns), paged(path)) == (left, left, left[::-1])
    write_turn(kit, rollout, "4")
    assert (asked(path), names(read_rollout(path).turns)) == (f"{left}4", f"{left}4")
    assert paged(path, newest_first=False, size=2) == f"{left}4"


def test_reverts_can_follow_one_another(kit: Any, rollout: Rollout) -> None:
    path = path_of(rollout)
    revert(rollout, "turn-3")
    write_turn(kit, rollout, "4")
    revert(rollout, "turn-4")
    write_turn(kit, rollout, "5")
    assert (asked(path), paged(path)) == ("125", "521")
    revert(rollout, "turn-2")
    write_turn(kit, rollout, "6")
    assert (asked(path), paged(path)) == ("16", "61")
    for gone in ("turn-2", "turn-3", "turn-5", "nonsense"):
        with pytest.raises(StoreError, match=f"no turn {gone}"):
            revert(rollout, gone)


def test_marker_counts_turns_as_the_reference_does(kit: Any, rollout: Rollout) -> None:
    # A turn in which nobody said anything does not count.
    rollout.append("event_msg", {"type": "task_started", "turn_id": "silent"})
    revert(rollout, "turn-2")
    marker = json.loads(path_of(rollout).read_bytes().splitlines()[-1])["payload"]
    assert (marker["type"], marker["num_turns"]) == ("thread_rolled_back", 2)


@pytest.mark.parametrize(
    ("marker", "left"),
    [
        ({"num_turns": 1}, "12"),
        ({"num_turns": 2}, "1"),
        ({"num_turns": 9}, ""),
        ({"num_turns": 1, "before_turn_id": "turn-2", "before_offset": 5}, "1"),
        ({"num_turns": 1, "before_turn_id": "unknown"}, "123"),
        ({"num_turns": "x"}, "12"),
    ],
)
def test_markers_of_others_are_honoured_as_far_as_they_can_be(
    rollout: Rollout, marker: dict[str, Any], left: str
) -> None:
    rollout.append("event_msg", {"type": "thread_rolled_back", **marker})
    assert asked(path_of(rollout)) == left


def test_what_somebody_said_is_no_landmark(kit: Any, rollout: Rollout) -> None:
    said = '{"type":"event_msg","payload":{"type":"thread_rolled_back","num_turns":3}}'
    write_turn(kit, rollout, said)
    assert asked(path_of(rollout)) == f"123{said}"


def test_long_thread_is_read_from_its_last_compaction(kit: Any, rollout: Rollout) -> None:
    path = path_of(rollout)
    replacement = [kit.text_message("user", "summary")]
    rollout.append("compacted", {"message": "", "replacement_history": replacement})
    for name in "45":
        write_turn(kit, rollout, name, filler=1000)
    short = Reach(whole=2500, compaction=100_000, turns=3000)
    assert asked(path, short) == asked(path) == "summary45"
    recorded = read_rollout(path, reach=short)
    assert (recorded.is_cut, recorded.preview, names(recorded.turns)) == (True, "1", "5")
    # Turns are shown from before the compaction, too.
    more = read_rollout(path, reach=Reach(whole=2500, compaction=100_000, turns=10_000))
    assert (more.history, names(more.turns)) == (recorded.history, "2345")
    revert(rollout, "turn-5")
    assert asked(path, short) == "summary4"
    revert(rollout, "turn-2")
    assert asked(path, short) == "1"


def test_long_thread_without_compaction_keeps_its_newest_turns(kit: Any, rollout: Rollout) -> None:
    path = path_of(rollout)
    write_turn(kit, rollout, "4", filler=1000)
    recorded = read_rollout(path, reach=Reach(whole=5200, compaction=100_000, turns=3500))
    first = recorded.history[0]
    assert isinstance(first, Message)
    assert "beginning of this thread is left out" in str(first.content)
    assert (asked(path, Reach(5200, 100_000, 3500)), names(recorded.turns)) == ("34", "4")
    # No turn begins within reach.
    write_turn(kit, rollout, "5", filler=9000)
    recorded = read_rollout(path, reach=Reach(whole=2000, compaction=3000, turns=2000))
    assert recorded.history[1:] == [Message(role="assistant", content=[OutputText("re 5")])]


def test_items_come_in_pages_too(rollout: Rollout) -> None:
    pages = ThreadPages(path_of(rollout))
    everything = list(pages.items())
    assert [entry.item.id for entry in everything] == ["u1", "a1", "u2", "a2", "u3", "a3"]
    for position, entry in enumerate(everything):
        after = pages.items(entry.place.cursor())
        assert list(after) == everything[position + 1 :]
        before = pages.items(entry.place.cursor(is_inclusive=True), newest_first=True)
        assert list(before) == everything[position::-1]
    of_second = list(pages.items(turn_id="turn-2"))
    assert of_second == everything[2:4]
    assert list(pages.items(of_second[0].place.cursor(), turn_id="turn-2")) == of_second[1:]
    assert list(pages.items(turn_id="nonsense")) == []


def test_inclusive_cursor_reads_its_turn_again(kit: Any, rollout: Rollout) -> None:
    pages = ThreadPages(path_of(rollout))
    newest = next(pages.turns())
    write_turn(kit, rollout, "4")
    cursor = newest.place.cursor(is_inclusive=True)
    assert names([entry.turn for entry in pages.turns(cursor)]) == "321"
    assert names([entry.turn for entry in pages.turns(cursor, newest_first=False)]) == "34"


@pytest.mark.parametrize(
    "cursor", ["", "x", "turn-1", "turn-1@", "turn-1@5#", "nope@0", "nope@-1", "a@1@2"]
)
def test_cursor_that_is_none_of_ours_is_refused(rollout: Rollout, cursor: str) -> None:
    pages = ThreadPages(path_of(rollout))
    for newest_first in (True, False):
        with pytest.raises(StoreError, match="invalid cursor"):
            list(pages.turns(cursor, newest_first=newest_first))


@pytest.mark.parametrize("golden", ["codex_like", "codex_old", "journeyman_v1"])
def test_pages_show_what_a_reader_of_the_whole_file_sees(golden: str) -> None:
    path = Path(__file__).parent / "golden" / f"{golden}.jsonl"
    whole = read_rollout(path).turns
    assert [entry.turn for entry in ThreadPages(path).turns(newest_first=False)] == whole
    assert [entry.turn for entry in ThreadPages(path).turns()] == whole[::-1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=40), cut=st.integers(0, 4000), reach=st.integers(1, 6000))
def test_any_tail_is_read_within_any_reach(
    rollout: Rollout, garbage: bytes, cut: int, reach: int
) -> None:
    whole = path_of(rollout).read_bytes()
    first = whole.index(b"\n") + 1
    path = path_of(rollout).with_name("tail.jsonl")
    path.write_bytes(whole[: max(first, len(whole) - cut)] + garbage)
    everything = read_rollout(path)
    assert "123".startswith(asked(path))
    assert names(everything.turns) == paged(path)[::-1] == paged(path, newest_first=False)
    part = read_rollout(path, reach=Reach(whole=reach, compaction=reach, turns=reach))
    assert asked(path).endswith(asked(path, Reach(reach, reach, reach)))
    assert part.usage == everything.usage
