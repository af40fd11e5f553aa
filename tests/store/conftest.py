"""One recorded thread with every kind of line, written by the real writer on a clock that stands still."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.protocol.items import ThreadItem
from journeyman.store.lines import SessionMeta
from journeyman.store.rollout import Rollout

THREAD = "019a0000-0000-7000-8000-000000000001"


class StillClock:
    """2026-11-22T10:00:00Z, for ever."""

    def now(self) -> float:
        return 1795341600.0

    def monotonic(self) -> float:
        return 0.0


def meta(thread_id: str = THREAD, provider: str = "openai", **members: Any) -> SessionMeta:
    return SessionMeta(
        id=thread_id,
        session_id=thread_id,
        timestamp="2026-11-22T10:00:00.000Z",
        cwd="/srv/app",
        originator="journeyman_exec",
        cli_version="0.1.0",
        source="cli",
        thread_source="user",
        model_provider=provider,
        history_mode="legacy",
        **members,
    )


def item_line(turn_id: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"thread_id": THREAD, "turn_id": turn_id, "item": item, "at_ms": 1795341600000}


def text_message(role: str, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


USER = {"type": "userMessage", "id": "i1", "content": [{"type": "text", "text": "fix it"}]}
COMMAND = {"type": "commandExecution", "id": "c1", "command": "ls", "cwd": "/srv/app"}
SAID = {"type": "agentMessage", "id": "m1", "text": "Fixed."}
CALL = {"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "c1"}
USAGE = {"input_tokens": 9, "cached_input_tokens": 0, "output_tokens": 1, "total_tokens": 10}

# One turn that ended, and one that a kill -9 broke off while its command ran.
LINES: list[tuple[str, dict[str, Any]]] = [
    ("event_msg", {"type": "task_started", "turn_id": "t1"}),
    ("turn_context", {"turn_id": "t1", "cwd": "/srv/app", "model": "gpt-5.5", "effort": "low"}),
    ("response_item", text_message("user", "fix it")),
    ("event_msg", {"type": "user_message", "message": "fix it"}),
    ("item_started", item_line("t1", USER)),
    ("item_completed", item_line("t1", USER)),
    ("item_started", item_line("t1", {"type": "agentMessage", "id": "m1", "text": ""})),
    ("item_completed", item_line("t1", SAID)),
    ("response_item", text_message("assistant", "Fixed.")),
    ("event_msg", {"type": "agent_message", "message": "Fixed."}),
    (
        "event_msg",
        {
            "type": "token_count",
            "info": {
                "total_token_usage": USAGE,
                "last_token_usage": USAGE,
                "model_context_window": 1000,
            },
        },
    ),
    ("event_msg", {"type": "task_complete", "turn_id": "t1", "last_agent_message": "Fixed."}),
    ("event_msg", {"type": "task_started", "turn_id": "t2"}),
    ("response_item", text_message("user", "again")),
    ("response_item", CALL),
    ("item_started", item_line("t2", {**COMMAND, "status": "inProgress"})),
]


def write(home: Path, thread_id: str = THREAD, provider: str = "openai") -> Path:
    rollout = Rollout.create(home, meta(thread_id, provider), StillClock())
    for kind, payload in LINES:
        rollout.append(kind, payload)
    rollout.close()
    assert rollout.path is not None
    return rollout.path


def append_turn(rollout: Rollout, turn_id: str, items: Sequence[ThreadItem]) -> None:
    rollout.append("event_msg", {"type": "task_started", "turn_id": turn_id})
    for item in items:
        for kind in ("item_started", "item_completed"):
            rollout.append(kind, item_line(turn_id, msgspec.to_builtins(item)))
    rollout.append("event_msg", {"type": "task_complete", "turn_id": turn_id})


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path)


class Kit:
    """What the tests of the store share."""

    thread = THREAD
    lines = LINES
    clock = StillClock()
    meta = staticmethod(meta)
    write = staticmethod(write)
    append_turn = staticmethod(append_turn)
    text_message = staticmethod(text_message)


@pytest.fixture
def kit() -> Kit:
    return Kit()
