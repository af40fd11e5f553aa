"""The events of --json, against the shapes of facts: whole lists compared."""

from __future__ import annotations

from typing import Any

import msgspec

from journeyman.headless.jsonl import ExecEvents
from journeyman.protocol import events, items
from journeyman.protocol.turns import Turn, TurnError
from journeyman.protocol.usage import ThreadTokenUsage, TokenUsage

WHERE: dict[str, Any] = {"thread_id": "t", "turn_id": "u"}
SHELL = {"id": "item_2", "type": "command_execution", "command": "/bin/bash -c 'echo hi'"}


def _started(item: items.ThreadItem) -> msgspec.Struct:
    return events.ItemStartedNotification(item=item, started_at_ms=0, **WHERE)


def _completed(item: items.ThreadItem) -> msgspec.Struct:
    return events.ItemCompletedNotification(item=item, completed_at_ms=0, **WHERE)


def _settled(turn: Turn) -> msgspec.Struct:
    return events.TurnCompletedNotification(thread_id="t", turn=turn)


def _map(*notifications: msgspec.Struct) -> list[dict[str, Any]]:
    mapping = ExecEvents()
    return [event for one in notifications for event in mapping.map(one)]


def test_a_turn_becomes_numbered_items_and_the_thread_total_when_it_completes():
    command = items.CommandExecutionItem(
        id="c", command="/bin/bash -c 'echo hi'", cwd="/w", status="inProgress"
    )
    done = msgspec.structs.replace(
        command, status="completed", aggregated_output="hi\n", exit_code=0
    )
    total = TokenUsage(
        input_tokens=9, cached_input_tokens=4, output_tokens=3, reasoning_output_tokens=1
    )
    usage = ThreadTokenUsage(total=total, last=TokenUsage(input_tokens=1))

    told = _map(
        events.WarningNotification(message="careful", thread_id="t"),
        events.TurnStartedNotification(thread_id="t", turn=Turn(id="u", status="inProgress")),
        _started(items.UserMessageItem(id="m", content=[items.TextInput(text="do it")])),
        _started(items.ReasoningItem(id="r")),
        _completed(items.ReasoningItem(id="r", summary=["one", "two"])),
        _completed(items.ReasoningItem(id="r2")),
        _started(command),
        events.CommandOutputDeltaNotification(item_id="c", delta="hi\n", **WHERE),
        _completed(done),
        events.TokenUsageUpdatedNotification(token_usage=usage, **WHERE),
        _completed(items.AgentMessageItem(id="a", text="done")),
        _settled(Turn(id="u", status="completed")),
    )

    assert told == [
        {
            "type": "item.completed",
            "item": {"id": "item_0", "type": "error", "message": "careful"},
        },
        {"type": "turn.started"},
        {
            "type": "item.completed",
            "item": {"id": "item_1", "type": "reasoning", "text": "one\ntwo"},
        },
        {
            "type": "item.started",
            "item": {**SHELL, "aggregated_output": "", "exit_code": None, "status": "in_progress"},
        },
        {
            "type": "item.completed",
            "item": {**SHELL, "aggregated_output": "hi\n", "exit_code": 0, "status": "completed"},
        },
        {
            "type": "item.completed",
            "item": {"id": "item_3", "type": "agent_message", "text": "done"},
        },
        {
            "type": "turn.completed",
            "usage": {
                "input_tokens": 9,
                "cached_input_tokens": 4,
                "cache_write_input_tokens": 0,
                "output_tokens": 3,
                "reasoning_output_tokens": 1,
            },
        },
    ]


def test_a_plan_is_one_item_from_started_to_completed_when_it_changes():
    def plan(first: Any, second: Any) -> msgspec.Struct:
        steps = [
            events.PlanStep(step="a", status=first),
            events.PlanStep(step="b", status=second),
        ]
        return events.TurnPlanUpdatedNotification(plan=steps, **WHERE)

    told = _map(
        plan("inProgress", "pending"),
        plan("completed", "inProgress"),
        _settled(Turn(id="u", status="interrupted")),
    )

    def item(first: bool, second: bool) -> dict[str, Any]:
        steps = [{"text": "a", "completed": first}, {"text": "b", "completed": second}]
        return {"id": "item_0", "type": "todo_list", "items": steps}

    assert told == [
        {"type": "item.started", "item": item(False, False)},
        {"type": "item.updated", "item": item(True, False)},
        {"type": "item.completed", "item": item(True, False)},
    ]


def test_errors_are_told_with_their_details_when_retrying_and_when_the_turn_fails():
    error = TurnError(message="Reconnecting... 1/2", additional_details="it was cut")
    fatal = TurnError(message="it was cut")
    assert _map(
        events.ErrorNotification(error=error, will_retry=True, **WHERE),
        events.ErrorNotification(error=fatal, will_retry=False, **WHERE),
        _settled(Turn(id="u", status="failed", error=fatal)),
    ) == [
        {"type": "error", "message": "Reconnecting... 1/2 (it was cut)"},
        {"type": "error", "message": "it was cut"},
        {"type": "turn.failed", "error": {"message": "it was cut"}},
    ]


def test_file_changes_and_tool_calls_take_the_words_of_the_form_when_told():
    patch = items.FileChangeItem(
        id="f",
        status="declined",
        changes=[
            items.FileUpdateChange(path="/w/a", kind=items.AddKind(), diff="x\n"),
            items.FileUpdateChange(path="/w/b", kind=items.DeleteKind(), diff="x\n"),
            items.FileUpdateChange(path="/w/c", kind=items.UpdateKind(), diff="@@\n"),
        ],
    )
    call = items.McpToolCallItem(
        id="m",
        server="s",
        tool="t",
        status="completed",
        arguments={"a": 1},
        result=items.McpToolCallResult(content=[{"type": "text", "text": "x"}]),
    )
    search = items.WebSearchItem(id="w", query="u", action={"type": "openPage", "url": "u"})
    assert [event["item"] for event in _map(*map(_completed, (patch, call, search)))] == [
        {
            "id": "item_0",
            "type": "file_change",
            "changes": [
                {"path": "/w/a", "kind": "add"},
                {"path": "/w/b", "kind": "delete"},
                {"path": "/w/c", "kind": "update"},
            ],
            "status": "failed",
        },
        {
            "id": "item_1",
            "type": "mcp_tool_call",
            "server": "s",
            "tool": "t",
            "arguments": {"a": 1},
            "result": {"content": [{"type": "text", "text": "x"}], "structured_content": None},
            "error": None,
            "status": "completed",
        },
        {
            "id": "item_2",
            "type": "web_search",
            "query": "u",
            "action": {"type": "open_page", "url": "u"},
        },
    ]
