"""Items too large for a line: kept beside the rollout, whole again when read, shared by copies of the thread."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.protocol.items import (
    CommandExecutionItem,
    ImageInput,
    McpToolCallItem,
    McpToolCallResult,
    TextInput,
    ThreadItem,
    UserMessageItem,
)
from journeyman.store.adopt import path_to_resume
from journeyman.store.beside import look_beside, remove_unused
from journeyman.store.errors import StoreError
from journeyman.store.files import blobs_of
from journeyman.store.fork import copy_spans, spans_until
from journeyman.store.lines import OutputRef
from journeyman.store.pages import ThreadPages
from journeyman.store.replay import read_rollout, recorded_lines
from journeyman.store.restore import BlobReader, Restorer
from journeyman.store.rollout import Rollout
from journeyman.store.shelf import Shelf
from journeyman.store.threads import RolloutStore

GOLDEN = Path(__file__).parent / "golden" / "journeyman_blobs.jsonl"
FLOOD = "".join(f"line {number}\n" for number in range(9_000))
PICTURE = "data:image/png;base64," + "QUJD" * 20_000
SAID = UserMessageItem(id="i1", content=[TextInput(text="see"), ImageInput(url=PICTURE)])
RAN = CommandExecutionItem(
    id="c1", command="seq", cwd="/srv/app", status="completed", aggregated_output=FLOOD, exit_code=0
)
ANSWERED = McpToolCallItem(
    id="x1",
    server="s",
    tool="t",
    status="completed",
    arguments={},
    result=McpToolCallResult(
        content=[{"type": "text", "text": FLOOD}],
        structured_content={"rows": [[number, "é\u2028"] for number in range(9_000)]},
    ),
)


@pytest.fixture
def path(kit: Any, tmp_path: Path) -> Path:
    """Two turns: one with a picture and a flood, one with what a server answered."""
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    kit.append_turn(rollout, "t1", [SAID, RAN])
    kit.append_turn(rollout, "t2", [ANSWERED])
    rollout.close()
    assert rollout.path is not None
    return rollout.path


def items(path: Path) -> list[ThreadItem]:
    return [item for turn in read_rollout(path).turns for item in turn.items]


def blobs(path: Path) -> list[str]:
    return sorted(blob.name for blob in blobs_of(path).iterdir())


def test_large_items_come_back_as_they_were_from_files_of_their_own(path: Path) -> None:
    assert items(path) == [SAID, RAN, ANSWERED]
    # What starts and completes alike is one file.
    assert len(blobs(path)) == 3
    assert all(len(line) < 64 << 10 for line in path.read_bytes().splitlines())
    modes = [entry.stat().st_mode & 0o777 for entry in (blobs_of(path), *blobs_of(path).iterdir())]
    assert modes == [0o700, 0o600, 0o600, 0o600]
    assert [entry.item for entry in ThreadPages(path).items()] == [SAID, RAN, ANSWERED]
    lines = [msgspec.json.decode(line.payload) for line in recorded_lines(path)]
    whole = [line["item"] for line in lines if "item" in line]
    assert whole == [
        msgspec.to_builtins(item) for item in (SAID, SAID, RAN, RAN, ANSWERED, ANSWERED)
    ]
    assert not any("blob" in line for line in lines)


@pytest.mark.parametrize("harm", ["gone", "changed", "shorter", "no item"])
def test_lost_blob_costs_what_it_held_only(kit: Any, path: Path, harm: str) -> None:
    line = next(line for line in path.read_text().splitlines() if '"exitCode":0' in line)
    blob = blobs_of(path) / json.loads(line)["payload"]["blob"]["sha256"]
    if harm == "gone":
        blob.unlink()
    elif harm == "no item":
        other = b'{"type":"agentMessage","id":"other","text":""}'
        name = hashlib.sha256(other).hexdigest()
        lines = path.read_text().replace(blob.name, name)
        path.write_text(lines.replace(f'"bytes":{blob.stat().st_size}', f'"bytes":{len(other)}'))
        blob.unlink()
        (blob := blob.with_name(name)).write_bytes(other)
    else:
        whole = blob.read_bytes()
        blob.write_bytes(whole[:-1] if harm == "shorter" else whole[:-1] + b"!")
    said, ran, answered = items(path)
    assert (said, answered) == (SAID, ANSWERED)
    assert isinstance(ran, CommandExecutionItem)
    shown = ran.aggregated_output or ""
    assert shown.startswith("line 0\nline 1\n")
    assert shown.endswith("line 8998\nline 8999\n")
    assert "characters are lost: their file is missing or damaged" in shown
    assert (ran.command, ran.exit_code) == ("seq", 0)
    assert look_beside(path) == ([] if harm == "no item" else [blob.name], [])


def test_only_the_newest_items_are_whole_where_all_are_too_much(kit: Any, tmp_path: Path) -> None:
    rollout = Rollout.create(tmp_path, kit.meta(), kit.clock)
    large = [
        msgspec.structs.replace(RAN, id=f"c{number}", aggregated_output=str(number) * (3 << 20))
        for number in range(4)
    ]
    for number, item in enumerate(large):
        kit.append_turn(rollout, f"t{number}", [item])
    rollout.close()
    assert rollout.path is not None
    read = items(rollout.path)
    assert [item == whole for item, whole in zip(read, large, strict=True)] == [
        False,
        False,
        True,
        True,
    ]
    assert "3137536 characters are kept aside" in str(read[0])
    pages = ThreadPages(
        rollout.path, restoring=lambda blobs: Restorer(blobs, budget_bytes=None, only={"c0"})
    )
    assert [entry.item for entry in pages.items(turn_id="t0")] == [large[0]]


def test_fork_shares_what_it_holds_and_outlives_the_deletion(
    kit: Any, path: Path, tmp_path: Path
) -> None:
    other = kit.thread.replace("0001", "0002")
    fork = Rollout.create(tmp_path, kit.meta(other), kit.clock)
    copy_spans(spans_until(path, last_turn_id="t1"), fork)
    fork.close()
    assert fork.path is not None
    assert len(blobs(fork.path)) == 2
    assert all(blob.stat().st_nlink == 2 for blob in blobs_of(fork.path).iterdir())
    Shelf(RolloutStore(tmp_path), kit.clock).delete(kit.thread)
    assert not blobs_of(path).exists()
    assert items(fork.path) == [SAID, RAN]
    assert all(blob.stat().st_nlink == 1 for blob in blobs_of(fork.path).iterdir())


def test_thread_of_another_home_is_copied_with_its_blobs(
    kit: Any, path: Path, tmp_path: Path
) -> None:
    own = path_to_resume(RolloutStore(tmp_path / "own", [tmp_path]), kit.thread, path)
    shutil.rmtree(blobs_of(path))
    assert own != path
    assert items(own) == [SAID, RAN, ANSWERED]


def test_next_writer_clears_what_a_dead_one_had_begun(kit: Any, path: Path) -> None:
    (blobs_of(path) / "7-0.part").write_bytes(b"half")
    (blobs_of(path) / ("a" * 64)).write_bytes(b"no line refers to it")
    Rollout.open(path, kit.clock).close()
    assert [blob.name for blob in look_beside(path).unused] == ["a" * 64]
    assert remove_unused(path, kit.clock) == 1
    assert items(path) == [SAID, RAN, ANSWERED]


def test_line_is_not_written_where_its_blob_cannot_be(kit: Any, recorded: Path) -> None:
    blobs_of(recorded).write_text("in the way")
    before = recorded.read_bytes()
    rollout = Rollout.open(recorded, kit.clock)
    with pytest.raises(StoreError, match="cannot write"):
        kit.append_turn(rollout, "t3", [RAN])
    rollout.close()
    assert b"item_completed" not in recorded.read_bytes()[len(before) :]


def grown(kit: Any, path: Path, *, limit: int, pieces: list[bytes]) -> tuple[OutputRef | None, Any]:
    rollout = Rollout.open(path, kit.clock)
    blob = rollout.grow_blob(limit)
    assert blob is not None
    for piece in pieces:
        blob.write(piece)
    ref = blob.finish()
    rollout.close()
    return ref, blob.problem


def test_growing_blob_keeps_all_up_to_its_limit_and_the_end_of_more(
    kit: Any, recorded: Path
) -> None:
    flood = ["é".encode() * 500 * (n + 1) for n in range(80)]
    whole = b"".join(flood)
    ref, _ = grown(kit, recorded, limit=len(whole), pieces=flood)
    assert ref == OutputRef(
        sha256=hashlib.sha256(whole).hexdigest(), bytes=len(whole), total_bytes=len(whole)
    )
    assert ref is not None
    assert BlobReader([recorded]).read(ref) == whole
    ref, _ = grown(kit, recorded, limit=1000, pieces=flood)
    assert ref is not None
    left_out = len(whole) - 1000 - (512 << 10)
    tail = "é".encode() * (256 << 10)
    marker = f"\n…{left_out} bytes were not kept…\n".encode()
    assert BlobReader([recorded]).read(ref) == whole[:1000] + marker + tail
    assert (ref.bytes, ref.total_bytes) == (1000 + len(marker) + len(tail), len(whole))


def test_growing_blob_that_cannot_be_written_says_why(kit: Any, recorded: Path) -> None:
    blobs_of(recorded).write_text("in the way")
    told = grown(kit, recorded, limit=1000, pieces=[b"a", b"b"])
    assert told == (None, "File exists")


def test_golden_rollout_with_a_blob_is_read() -> None:
    assert items(GOLDEN) == [RAN]
