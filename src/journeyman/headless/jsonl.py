"""Maps notifications to the events of `jm exec --json`. Pure: notifications in, JSON-ready tables out.

Names and shapes are those of the Codex SDKs (program 0.169.0), and where costs are asked for, one of our own.
Items get ids `item_N` in the order in which they first appear, and keep them from started to completed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from journeyman.protocol import events, items
from journeyman.protocol.spending import UsageUpdatedNotification
from journeyman.protocol.usage import TokenUsage

Event = dict[str, Any]

_STATUS = {
    "inProgress": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "declined": "declined",
}
_SEARCH_ACTIONS = {"openPage": "open_page", "findInPage": "find_in_page"}
# These are told when they are whole and not before.
_WHOLE_AT_ONCE = (items.AgentMessageItem, items.ReasoningItem)
_USAGE_FIELDS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


class ExecEvents:
    """The events of one thread, as its notifications arrive."""

    def __init__(self, *, with_costs: bool = False) -> None:
        """Begin with item_0; `with_costs` tells every answered request and what it cost."""
        self._ids: dict[str, str] = {}
        self._count = 0
        self._usage = TokenUsage()
        self._plan: Event | None = None
        self._mappings: dict[type, Callable[[Any], list[Event]]] = {
            events.TurnStartedNotification: lambda _: [{"type": "turn.started"}],
            events.ItemStartedNotification: self._started,
            events.ItemCompletedNotification: self._completed,
            events.TurnPlanUpdatedNotification: self._planned,
            events.TokenUsageUpdatedNotification: self._counted,
            events.WarningNotification: self._warned,
            events.ErrorNotification: self._error,
            events.TurnCompletedNotification: self._settled,
        }
        if with_costs:
            self._mappings[UsageUpdatedNotification] = self._paid

    def thread_started(self, thread_id: str) -> list[Event]:
        """The first event of every run."""
        return [{"type": "thread.started", "thread_id": thread_id}]

    def map(self, notification: msgspec.Struct) -> list[Event]:
        """The events that tell what `notification` says; none for what this form does not show."""
        show = self._mappings.get(type(notification))
        return [] if show is None else show(notification)

    def failed(self, message: str) -> list[Event]:
        """The end of a run whose turn never came to its own end."""
        return [
            *self._plan_completed(),
            {"type": "error", "message": message},
            {"type": "turn.failed", "error": {"message": message}},
        ]

    def _next_id(self) -> str:
        self._count += 1
        return f"item_{self._count - 1}"

    def _id_of(self, wire_id: str) -> str:
        if wire_id not in self._ids:
            self._ids[wire_id] = self._next_id()
        return self._ids[wire_id]

    def _started(self, notification: events.ItemStartedNotification) -> list[Event]:
        item = notification.item
        body = None if isinstance(item, _WHOLE_AT_ONCE) else _body(item)
        return [] if body is None else [self._item_event("item.started", item, body)]

    def _completed(self, notification: events.ItemCompletedNotification) -> list[Event]:
        body = _body(notification.item)
        if body is None:
            return []
        return [self._item_event("item.completed", notification.item, body)]

    def _counted(self, notification: events.TokenUsageUpdatedNotification) -> list[Event]:
        self._usage = notification.token_usage.total
        return []

    def _paid(self, notification: UsageUpdatedNotification) -> list[Event]:
        usage = {name: getattr(notification.usage, name) for name in _USAGE_FIELDS}
        return [
            {
                "type": "request.completed",
                "cause": notification.cause,
                "provider": notification.provider,
                "model": notification.served_model or notification.model,
                "usage": usage,
                "cost_usd": notification.cost_usd,
                "turn": msgspec.structs.asdict(notification.turn),
                "thread": msgspec.structs.asdict(notification.thread),
            }
        ]

    def _warned(self, notification: events.WarningNotification) -> list[Event]:
        item = {"id": self._next_id(), "type": "error", "message": notification.message}
        return [{"type": "item.completed", "item": item}]

    def _error(self, notification: events.ErrorNotification) -> list[Event]:
        return [{"type": "error", "message": notification.error.text}]

    def _item_event(self, kind: str, item: msgspec.Struct, body: Event) -> Event:
        wire_id = str(getattr(item, "id", ""))
        return {"type": kind, "item": {"id": self._id_of(wire_id), **body}}

    def _planned(self, notification: events.TurnPlanUpdatedNotification) -> list[Event]:
        steps = [
            {"text": step.step, "completed": step.status == "completed"}
            for step in notification.plan
        ]
        first = self._plan is None
        item_id = self._next_id() if self._plan is None else self._plan["id"]
        self._plan = {"id": item_id, "type": "todo_list", "items": steps}
        return [{"type": "item.started" if first else "item.updated", "item": self._plan}]

    def _plan_completed(self) -> list[Event]:
        plan, self._plan = self._plan, None
        return [] if plan is None else [{"type": "item.completed", "item": plan}]

    def _settled(self, notification: events.TurnCompletedNotification) -> list[Event]:
        turn = notification.turn
        before = self._plan_completed()
        if turn.status == "completed":
            usage = {name: getattr(self._usage, name) for name in _USAGE_FIELDS}
            return [*before, {"type": "turn.completed", "usage": usage}]
        if turn.status == "interrupted":
            # Whoever interrupted knows; an SDK that was told would take it for a failure of the turn.
            return before
        message = turn.error.text if turn.error else f"the turn was {turn.status}"
        return [*before, {"type": "turn.failed", "error": {"message": message}}]


def _body(item: msgspec.Struct) -> Event | None:
    make = _BODIES.get(type(item))
    return None if make is None else make(item)


def _agent_message(item: items.AgentMessageItem) -> Event | None:
    return {"type": "agent_message", "text": item.text} if item.text else None


def _reasoning(item: items.ReasoningItem) -> Event | None:
    text = "\n".join(item.summary or item.content)
    return {"type": "reasoning", "text": text} if text.strip() else None


def _web_search(item: items.WebSearchItem) -> Event:
    action = item.action or {"type": "other"}
    kind = _SEARCH_ACTIONS.get(action["type"], action["type"])
    return {"type": "web_search", "query": item.query, "action": {**action, "type": kind}}


def _command(item: items.CommandExecutionItem) -> Event:
    return {
        "type": "command_execution",
        "command": item.command,
        "aggregated_output": item.aggregated_output or "",
        "exit_code": item.exit_code,
        "status": _STATUS[item.status],
    }


def _file_change(item: items.FileChangeItem) -> Event:
    changes = [{"path": change.path, "kind": _change_kind(change)} for change in item.changes]
    # The form has no word for a declined change.
    status = "failed" if item.status == "declined" else _STATUS[item.status]
    return {"type": "file_change", "changes": changes, "status": status}


def _change_kind(change: items.FileUpdateChange) -> str:
    match change.kind:
        case items.AddKind():
            return "add"
        case items.DeleteKind():
            return "delete"
        case items.UpdateKind():
            return "update"


def _mcp_tool_call(item: items.McpToolCallItem) -> Event:
    result = None
    if item.result is not None:
        result = {
            "content": item.result.content,
            "structured_content": item.result.structured_content,
        }
    return {
        "type": "mcp_tool_call",
        "server": item.server,
        "tool": item.tool,
        "arguments": item.arguments,
        "result": result,
        "error": None if item.error is None else {"message": item.error.message},
        "status": _STATUS[item.status],
    }


_BODIES: dict[type, Callable[[Any], Event | None]] = {
    items.AgentMessageItem: _agent_message,
    items.ReasoningItem: _reasoning,
    items.CommandExecutionItem: _command,
    items.FileChangeItem: _file_change,
    items.McpToolCallItem: _mcp_tool_call,
    items.WebSearchItem: _web_search,
}
