"""The journal: what is kept of an output that is more than its item holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.clock import SystemClock
from journeyman.core.journal import Journal
from journeyman.protocol.items import CommandExecutionItem
from journeyman.store.files import blobs_of
from journeyman.store.lines import SessionMeta
from journeyman.store.rollout import Rollout

ITEM = CommandExecutionItem(id="c1", command="make", cwd="/", status="inProgress")
META = SessionMeta(
    id="019a0000-0000-7000-8000-000000000001", timestamp="2026-11-22T10:00:00.000Z", cwd="/"
)


@pytest.mark.parametrize(("limit", "kept"), [(1000, [b"of the second run"]), (0, []), (-1, [])])
def test_output_is_kept_of_the_last_run_up_to_the_limit(
    tmp_path: Path, limit: int, kept: list[bytes]
) -> None:
    rollout = Rollout.create(tmp_path, META, SystemClock())
    told: list[Any] = []
    journal = Journal(META.id, rollout, told.append, SystemClock())
    journal.start_item(ITEM)
    journal.keep_output(ITEM.id, limit)(b"of a run that the sandbox stopped")
    write = journal.keep_output(ITEM.id, limit)
    write(b"of the second run")
    journal.complete_item(msgspec.structs.replace(ITEM, status="completed"))
    write(b"too late")
    journal.keep_output(ITEM.id, limit)(b"of no open item")
    rollout.close()
    assert rollout.path is not None
    folder = blobs_of(rollout.path)
    assert [blob.read_bytes() for blob in folder.glob("*")] == kept
    assert (b'"output":{"sha256":"' in rollout.path.read_bytes()) == bool(kept)
