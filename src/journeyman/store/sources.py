"""Where threads come from, as rollouts record it and as the wire names it."""

from __future__ import annotations

from typing import Any

Source = str | dict[str, Any]
# Threads of these kinds are what a list shows unless it is told otherwise, as the reference does.
INTERACTIVE = ("cli", "vscode", "custom")
_WIRE_NAMES = {
    "cli": "cli",
    "vscode": "vscode",
    "exec": "exec",
    "mcp": "appServer",
    "appServer": "appServer",
}
_SUBAGENT_KINDS = {"review": "subAgentReview", "compact": "subAgentCompact"}


def wire_source(recorded: Source) -> Source:
    """The recorded source as the wire has it; one that the wire does not know is `unknown`."""
    if isinstance(recorded, str):
        return _WIRE_NAMES.get(recorded, "unknown")
    subagent = recorded.get("subagent", recorded.get("subAgent"))
    if subagent is not None:
        return {"subAgent": subagent}
    custom = recorded.get("custom")
    return {"custom": custom} if isinstance(custom, str) else "unknown"


def source_kind(recorded: Source) -> str:
    """The kind that lists are filtered by."""
    source = wire_source(recorded)
    if isinstance(source, str):
        return source
    if "custom" in source:
        return "custom"
    subagent = source["subAgent"]
    if isinstance(subagent, str):
        return _SUBAGENT_KINDS.get(subagent, "subAgentOther")
    return "subAgentThreadSpawn" if "thread_spawn" in subagent else "subAgentOther"


def wanted_kinds(asked: list[str] | None) -> list[str]:
    """The kinds that a list must show; `subAgent` stands for all kinds of subagents."""
    if not asked:
        return list(INTERACTIVE)
    subagents = [*_SUBAGENT_KINDS.values(), "subAgentThreadSpawn", "subAgentOther"]
    return [*asked, *(subagents if "subAgent" in asked else [])]
