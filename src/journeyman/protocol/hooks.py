"""Hooks on the wire: which events there are, and what a client is told of a run."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire

HookEventName = Literal[
    "preModelRequest",
    "postModelRequest",
    "preToolUse",
    "permissionRequest",
    "postToolUse",
    "preCompact",
    "postCompact",
    "sessionStart",
    "sessionEnd",
    "userPromptSubmit",
    "stop",
    "interrupt",
]
HookSource = Literal["user", "project"]
HookRunStatus = Literal["running", "completed", "failed", "blocked", "stopped"]


class HookOutputEntry(Wire, frozen=True):
    """Something a hook said."""

    kind: Literal["warning", "stop", "feedback", "context", "error"]
    text: str


class HookRunSummary(Wire, frozen=True):
    """One run of one hook; instants in unix seconds."""

    id: str
    event_name: HookEventName
    source_path: str
    source: HookSource
    display_order: int
    status: HookRunStatus
    started_at: int
    scope: Literal["thread", "turn"] = "turn"
    handler_type: Literal["command"] = "command"
    execution_mode: Literal["sync"] = "sync"
    status_message: str | None = None
    completed_at: int | None = None
    duration_ms: int | None = None
    entries: list[HookOutputEntry] = []


class HookStartedNotification(Wire, frozen=True):
    """A hook begins."""

    thread_id: str
    run: HookRunSummary
    turn_id: str | None = None


class HookCompletedNotification(Wire, frozen=True):
    """A hook ended, whatever became of it."""

    thread_id: str
    run: HookRunSummary
    turn_id: str | None = None
