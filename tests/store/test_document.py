"""A value in a file: whole before or after every change, whoever changes it at once, whoever is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import msgspec
import pytest

from journeyman.store.document import Document, ThreadDocuments
from journeyman.store.errors import StoreError


class Numbers(msgspec.Struct, frozen=True):
    numbers: tuple[int, ...] = ()


def document(path: Path) -> Document[Numbers]:
    return Document(path, Numbers())


def append(path: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        document(path).change(lambda now, number=number: (Numbers((*now.numbers, number)), None))


def test_changes_of_several_processes_all_count(tmp_path: Path) -> None:
    path = tmp_path / "below" / "numbers.json"
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=append, args=(path, start, 20)) for start in (0, 100)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert sorted(document(path).read().numbers) == [*range(20), *range(100, 120)]


def test_value_is_whole_when_its_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    other = multiprocessing.get_context("spawn").Process(target=append, args=(path, 0, 1_000_000))
    other.start()
    kept = document(path)
    while len(kept.read().numbers) < 50:
        pass
    os.kill(other.pid or 0, signal.SIGKILL)
    other.join()
    written = kept.read().numbers
    assert written == tuple(range(len(written)))
    # Nothing that the killed one left behind is in the way.
    append(path, len(written), 1)
    assert kept.read().numbers == tuple(range(len(written) + 1))
    assert [file.name for file in tmp_path.iterdir()] == ["numbers.json"]


def test_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    path.write_text("{torn")
    with pytest.raises(StoreError, match="mend it, or move it away"):
        append(path, 1, 1)
    assert (path.read_text(), document(path).shown()) == ("{torn", Numbers())


def test_change_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    assert document(tmp_path / "n.json").change(lambda now: (now, "result")) == "result"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("thread_id", ["../numbers", "/numbers", "", ".hidden", "a\nb", "a" * 200])
def test_id_that_leads_elsewhere_names_no_file(tmp_path: Path, thread_id: str) -> None:
    kept = ThreadDocuments(tmp_path / "marks", Numbers())
    with pytest.raises(StoreError, match="nothing can be kept of a thread"):
        kept.at(thread_id)
    assert kept.shown(thread_id) == Numbers()


def test_values_of_threads_are_found_by_their_ids(tmp_path: Path) -> None:
    kept = ThreadDocuments(tmp_path / "marks", Numbers())
    assert list(kept.all_shown()) == []
    for thread_id, number in (("b", 2), ("a", 1)):
        kept.at(thread_id).change(lambda _, number=number: (Numbers((number,)), None))
    (tmp_path / "marks" / "c.json").write_text("{torn")
    assert list(kept.all_shown()) == [("a", Numbers((1,))), ("b", Numbers((2,))), ("c", Numbers())]
