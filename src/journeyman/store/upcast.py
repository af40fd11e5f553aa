"""Foreign and older shapes in rollouts, brought to today's: the reference's items, messages and counts.

Nothing is refused: an item nobody here knows becomes an `UnknownItem`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote

import msgspec

from journeyman.protocol.items import AgentMessageItem, TextInput, ThreadItem, UserMessageItem
from journeyman.protocol.unknown import decode_item
from journeyman.protocol.usage import ThreadTokenUsage, TokenUsage

Members = dict[str, Any]
_wire_items = msgspec.json.Decoder(ThreadItem)


def read_item(recorded: msgspec.Raw) -> ThreadItem:
    """An item as recorded by us or by the reference; raises `msgspec.DecodeError` where it is no object."""
    try:
        return _wire_items.decode(recorded)
    except msgspec.ValidationError:
        return _upcast(msgspec.json.decode(recorded, type=Members))


def _upcast(raw: Members) -> ThreadItem:
    kind = str(raw.get("type", ""))
    upcast = _UPCASTS.get(kind)
    if upcast is None:
        return decode_item(raw)
    try:
        members = upcast(raw)
    except (AttributeError, KeyError, TypeError, ValueError):
        return decode_item(raw)
    wire = {"type": kind[:1].lower() + kind[1:], "id": str(raw.get("id", "")), **members}
    return decode_item(wire)


def user_message_item(item_id: str, text: str) -> UserMessageItem:
    """The item of a `user_message` event."""
    return UserMessageItem(id=item_id, content=[TextInput(text=text)])


def agent_message_item(item_id: str, text: str) -> AgentMessageItem:
    """The item of an `agent_message` event."""
    return AgentMessageItem(id=item_id, text=text)


def token_usage(info: Any) -> ThreadTokenUsage | None:
    """The counts of a `token_count` event; None where there are none."""
    if not isinstance(info, dict):
        return None
    members = cast("Members", info)
    try:
        return ThreadTokenUsage(
            total=_counts(members["total_token_usage"]),
            last=_counts(members["last_token_usage"]),
            model_context_window=members.get("model_context_window"),
        )
    except (KeyError, TypeError, msgspec.ValidationError):
        return None


def seconds_of(timestamp: str) -> int | None:
    """Unix seconds of an RFC 3339 instant; None where it is none."""
    milliseconds = milliseconds_of(timestamp)
    return None if milliseconds is None else milliseconds // 1000


def milliseconds_of(timestamp: str) -> int | None:
    """Unix milliseconds of an RFC 3339 instant; None where it is none."""
    try:
        return int(datetime.fromisoformat(timestamp).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _counts(raw: Members) -> TokenUsage:
    names = TokenUsage.__struct_fields__
    return TokenUsage(**{name: int(raw.get(name) or 0) for name in names})


def _user_message(raw: Members) -> Members:
    return {"content": [_user_input(part) for part in raw["content"]]}


def _user_input(raw: Members) -> Members:
    kind = raw["type"]
    if kind == "image":
        return {**raw, "url": raw.get("image_url", raw.get("url"))}
    return {**raw, "type": "localImage"} if kind == "local_image" else raw


def _agent_message(raw: Members) -> Members:
    parts: list[Members] = raw["content"]
    return {"text": "".join(part.get("text", "") for part in parts), "phase": raw.get("phase")}


def _reasoning(raw: Members) -> Members:
    return {"summary": raw.get("summary_text") or [], "content": raw.get("raw_content") or []}


def _command(raw: Members) -> Members:
    command = raw["command"]
    actions: list[Members] = raw.get("parsed_cmd") or []
    return {
        "command": command if isinstance(command, str) else shlex.join(command),
        "cwd": _path(raw["cwd"]),
        "status": _camel(raw["status"]),
        "source": _camel(raw.get("source") or "agent"),
        "commandActions": [
            {**action, "type": _camel(action["type"]), "command": action["cmd"]}
            for action in actions
        ],
        "processId": raw.get("process_id"),
        "aggregatedOutput": raw.get("aggregated_output"),
        "exitCode": raw.get("exit_code"),
        "durationMs": _milliseconds(raw.get("duration")),
    }


def _file_change(raw: Members) -> Members:
    changes = [
        {
            "path": _path(path),
            "kind": {"type": change["type"], "move_path": change.get("move_path")},
            "diff": change.get("unified_diff") or change.get("content") or "",
        }
        for path, change in raw["changes"].items()
    ]
    return {"changes": changes, "status": _camel(raw.get("status") or "completed")}


def _mcp_tool_call(raw: Members) -> Members:
    return {
        **{name: raw[name] for name in ("server", "tool", "arguments")},
        "status": _camel(raw["status"]),
        "result": raw.get("result"),
        "error": raw.get("error"),
        "durationMs": _milliseconds(raw.get("duration")),
    }


def _entered_review(raw: Members) -> Members:
    return {"review": raw.get("user_facing_hint") or raw.get("review") or ""}


def _exited_review(raw: Members) -> Members:
    output: Members = raw.get("review_output") or {}
    return {"review": raw.get("review") or output.get("overall_explanation") or ""}


def _as_it_is(raw: Members) -> Members:
    return {name: value for name, value in raw.items() if name not in {"type", "id"}}


def _path(raw: str) -> str:
    return unquote(raw.removeprefix("file://")) if raw.startswith("file://") else raw


def _camel(snake: str) -> str:
    head, *tail = snake.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _milliseconds(duration: Members | None) -> int | None:
    return duration["secs"] * 1000 + duration["nanos"] // 1_000_000 if duration else None


_UPCASTS: dict[str, Callable[[Members], Members]] = {
    "UserMessage": _user_message,
    "AgentMessage": _agent_message,
    "Reasoning": _reasoning,
    "CommandExecution": _command,
    "FileChange": _file_change,
    "McpToolCall": _mcp_tool_call,
    "Plan": _as_it_is,
    "WebSearch": _as_it_is,
    "ImageView": _as_it_is,
    "ContextCompaction": _as_it_is,
    "EnteredReviewMode": _entered_review,
    "ExitedReviewMode": _exited_review,
}
