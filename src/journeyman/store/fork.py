"""Copies what a thread recorded into another one's rollout, line by line, so that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from journeyman.store.errors import StoreError
from journeyman.store.lines import Line
from journeyman.store.replay import FindRollout, recorded_lines
from journeyman.store.rollout import Rollout


def copy_turns(
    source: Path,
    target: Rollout,
    *,
    last_turn_id: str | None = None,
    find: FindRollout | None = None,
) -> None:
    """Append the lines of `source` to `target`, up to and with turn `last_turn_id` when given.

    Raises:
        StoreError: there is no such turn, or a file cannot be read or written.
    """
    is_found = last_turn_id is None
    for line in recorded_lines(source, find):
        if line.type == "session_meta":
            continue
        started = _started_turn(line)
        if started is not None and is_found and last_turn_id is not None:
            return
        is_found = is_found or started == last_turn_id
        target.append_lines(msgspec.json.encode(line) + b"\n")
    if not is_found:
        raise StoreError(f"{source} has no turn {last_turn_id}")


def _started_turn(line: Line) -> str | None:
    if line.type != "event_msg":
        return None
    event = msgspec.json.decode(line.payload, type=dict[str, Any])
    return event.get("turn_id") if event.get("type") == "task_started" else None
