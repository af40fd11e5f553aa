"""One answer that comes in very many pieces, in each dialect: `jm exec --json` reads it, shows it and records it.

Run: .venv/bin/python bench/long_answer.py [MEGABYTES] [CHARACTERS]. Prints for the whole and for half of it how long the
run took: whatever copies the text for each of its pieces takes four times as long for twice as much.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Step

_RESPONSE: dict[str, Any] = {"id": "r", "object": "response", "output": [], "status": "completed"}
_ITEM: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "content": []}


def _messages_block(text: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


# dialect: the events before, one piece, the events after
DIALECTS: dict[str, tuple[list[Any], Callable[[str], dict[str, Any]], list[Any]]] = {
    "responses": (
        [{"type": "response.output_item.added", "output_index": 0, "item": _ITEM}],
        lambda text: {"type": "response.output_text.delta", "item_id": "m", "delta": text},
        [{"type": "response.completed", "response": _RESPONSE}],
    ),
    "chat": (
        [],
        lambda text: {"choices": [{"index": 0, "delta": {"content": text}}]},
        [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}],
    ),
    "messages": (
        [{"type": "message_start", "message": {"id": "m", "role": "assistant"}}],
        _messages_block,
        [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            {"type": "message_stop"},
        ],
    ),
    "generate": (
        [],
        lambda text: {"candidates": [{"content": {"parts": [{"text": text}]}}]},
        [{"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]}],
    ),
}
_WIRE_APIS = {"generate": "gemini"}


def seconds_of(dialect: str, count: int, piece: str) -> float:
    """How long a run takes whose one answer has `count` pieces; fails unless all of it arrived."""
    before, one, after = DIALECTS[dialect]
    frame = b"data: %s\n\n"
    body = b"".join(
        [
            *(frame % msgspec.json.encode(event) for event in before),
            (frame % msgspec.json.encode(one(piece))) * count,
            *(frame % msgspec.json.encode(event) for event in after),
        ]
    )
    with tempfile.TemporaryDirectory() as folder, MockProvider(Step(body=body)) as provider:
        program = Program(Path(folder), provider)
        wire_api = _WIRE_APIS.get(dialect, dialect)
        config = program.config.read_text() + f'wire_api = "{wire_api}"\n'
        program.config.write_text(config)
        began = time.perf_counter()
        process = program.start("exec", "--skip-git-repo-check", "--json", "go")
        out, err = process.communicate()
        took = time.perf_counter() - began
        if process.returncode or len(out) < count * len(piece):
            raise SystemExit(f"{dialect}: exit {process.returncode}, {out[-300:]!r} {err[-300:]!r}")
    return took


def main(megabytes: int = 12, characters: int = 40) -> None:
    """Run all dialects and print a line for each."""
    count = megabytes * 1_000_000 // characters
    for dialect in DIALECTS:
        half, whole = (seconds_of(dialect, n, "x" * characters) for n in (count // 2, count))
        print(f"{dialect:10} {megabytes / 2:g} MB {half:5.1f} s   {megabytes} MB {whole:5.1f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
