"""How a thread of a gigabyte and a list of ten thousand threads are read: seconds, and the peak memory.

    python bench/long_thread.py [--gigabytes 1] [--turns-between-compactions 50] [--threads 10000]

Writes into a temporary folder (of --folder), and removes it. `0` turns between compactions means none at all.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from journeyman.protocol.threads import ThreadListParams
from journeyman.store.pages import ThreadPages
from journeyman.store.replay import read_rollout
from journeyman.store.threads import RolloutStore

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_OUTPUT = "a line of output, as tests print them\n"


def main() -> None:
    """Write, read, tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=1.0)
    options.add_argument("--turns-between-compactions", type=int, default=50)
    options.add_argument("--output-lines", type=int, default=100)
    options.add_argument("--threads", type=int, default=10_000)
    options.add_argument("--folder", type=Path, default=None)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        home = Path(folder)
        for number in range(asked.threads):
            with _open(home / "many", number) as file:
                _write_turn(file, 1, 0)
        with _open(home / "long", 0) as file:
            _write_long(file, asked)
        _tell(home)


def _tell(home: Path) -> None:
    store = RolloutStore(home / "long")
    path = Path(
        _timed("list one long thread", lambda: store.list(ThreadListParams())).data[0].path or ""
    )
    pages = ThreadPages(path)
    _timed("resume it", lambda: read_rollout(path, with_turns=False))
    _timed("resume it, with the newest turns", lambda: read_rollout(path))
    newest = _timed("the newest 20 turns", lambda: list(islice(pages.turns(), 20)))
    cursor = newest[-1].place.cursor()
    _timed("the 20 turns before", lambda: list(islice(pages.turns(cursor), 20)))
    _timed("the oldest 20 turns", lambda: list(islice(pages.turns(newest_first=False), 20)))
    many = RolloutStore(home / "many")
    _timed("list many threads, the first time", lambda: many.list(ThreadListParams()))
    _timed("list many threads", lambda: many.list(ThreadListParams()))
    by_change = ThreadListParams(sort_key="updated_at")
    _timed("list many threads by their last change", lambda: many.list(by_change))
    _timed("find among many threads", lambda: many.list(ThreadListParams(search_term="no such")))


def _timed(name: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:<40} {seconds * 1000:8.1f} ms   peak {peak} MiB")
    return result


def _open(home: Path, number: int) -> TextIO:
    began = _BEGAN + timedelta(minutes=40 * number)
    milliseconds = f"{int(began.timestamp() * 1000):012x}"
    thread_id = f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-{number:012x}"
    folder = home / "sessions" / began.strftime("%Y/%m/%d")
    folder.mkdir(parents=True, exist_ok=True)
    name = f"rollout-{began.strftime('%Y-%m-%dT%H-%M-%S')}-{thread_id}.jsonl"
    file = (folder / name).open("w")
    meta = {"id": thread_id, "timestamp": began.isoformat(), "cwd": f"/srv/{number % 50}"}
    _line(file, "session_meta", {**meta, "source": "cli", "model_provider": "openai"})
    return file


def _write_long(file: TextIO, asked: argparse.Namespace) -> None:
    number = 0
    while file.tell() < asked.gigabytes * 2**30:
        number += 1
        _write_turn(file, number, asked.output_lines)
        if asked.turns_between_compactions and number % asked.turns_between_compactions == 0:
            replacement = [_message("user", f"summary {number}")]
            _line(file, "compacted", {"message": "", "replacement_history": replacement})


def _write_turn(file: TextIO, number: int, lines: int) -> None:
    turn = f"turn-{number}"
    _line(file, "event_msg", {"type": "task_started", "turn_id": turn})
    _line(file, "turn_context", {"turn_id": turn, "cwd": "/srv", "model": "gpt-5.5"})
    _line(file, "response_item", _message("user", f"question {number}"))
    _line(file, "event_msg", {"type": "user_message", "message": f"question {number}"})
    for call in range(5 if lines else 0):
        item = {"type": "commandExecution", "id": f"c{number}.{call}", "command": "ls", "cwd": "/"}
        started = {"turn_id": turn, "item": {**item, "status": "inProgress"}}
        output = {"status": "completed", "aggregatedOutput": _OUTPUT * lines}
        asked = {"type": "function_call", "name": "exec_command", "arguments": "{}"}
        answer = {"type": "function_call_output", "output": _OUTPUT * lines}
        _line(file, "response_item", {**asked, "call_id": item["id"]})
        _line(file, "item_started", started)
        _line(file, "item_completed", {"turn_id": turn, "item": {**item, **output}})
        _line(file, "response_item", {**answer, "call_id": item["id"]})
    _line(file, "response_item", _message("assistant", "done"))
    _line(file, "event_msg", {"type": "task_complete", "turn_id": turn})


def _message(role: str, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def _line(file: TextIO, kind: str, payload: dict[str, Any]) -> None:
    line = {"timestamp": "2026-01-01T00:00:00.000Z", "type": kind, "payload": payload}
    file.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
