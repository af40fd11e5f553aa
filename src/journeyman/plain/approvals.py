"""Questions about tool calls: the whole of what would run in words, the keys that answer, the answer.

Pure: no terminal. Of everything foreign also what no reader would see is made visible first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from journeyman.protocol import approvals
from journeyman.protocol.items import FileUpdateChange
from journeyman.protocol.mcp import ElicitationParams, ElicitationResponse
from journeyman.transcript.diffs import diff_lines
from journeyman.transcript.style import Style
from journeyman.visible_text import reveal, revealed_line, visible

_PLAIN_DECISIONS: Sequence[approvals.SimpleDecision] = (
    "accept",
    "acceptForSession",
    "decline",
    "cancel",
)
# key -> (decision, what it means); in the order they are offered.
_KEYS = {
    "y": ("accept", "yes, once"),
    "a": ("acceptForSession", "yes, and do not ask again for it in this thread"),
    "p": ("acceptWithExecpolicyAmendment", "yes, and always allow commands that begin so"),
    "h": ("allowHost", "yes, and always allow this host"),
    "d": ("denyHost", "no, and never ask about this host again"),
    "n": ("decline", "no, go on without it"),
    "c": ("cancel", "no, and stop the turn"),
}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it is shown: `lines` in full, then the keys with their meaning."""

    lines: Sequence[str]
    keys: Mapping[str, str]

    def decision(self, key: str) -> str:
        """The decision of one of the keys."""
        return _KEYS[key][0]


def command_question(params: approvals.CommandApprovalParams, style: Style) -> Choice:
    """May this command run, or reach this host?"""
    heading = "Run this command?"
    host: list[str] = []
    if params.network_approval_context is not None:
        context = params.network_approval_context
        heading = "Let the running command reach this host?"
        host = [f"  host: {revealed_line(context.host)} ({context.protocol})"]
    lines = [
        style.notable(heading),
        *(f"  {line}" for line in _text(params.command).split("\n")),
        *host,
        style.quiet(f"  in {revealed_line(params.cwd)}"),
        *([f"  why: {revealed_line(params.reason)}"] if params.reason else []),
    ]
    offered = [_name(decision) for decision in params.available_decisions or _PLAIN_DECISIONS]
    return Choice(lines=lines, keys=_keys(offered, params.proposed_execpolicy_amendment))


def change_question(
    params: approvals.FileChangeApprovalParams, changes: Sequence[FileUpdateChange], style: Style
) -> Choice:
    """May these changes be written? Shown whole."""
    lines = [style.notable("Write these changes?")]
    if params.reason:
        lines.append(f"  why: {revealed_line(params.reason)}")
    for change in changes:
        lines += diff_lines(change, style, revealed_line)
    return Choice(lines=lines, keys=_keys(_PLAIN_DECISIONS, None))


def mcp_question(params: ElicitationParams, style: Style) -> Choice:
    """May this tool of an MCP server be called?"""
    meta = params.meta or {}
    arguments = msgspec.json.format(msgspec.json.encode(meta.get("tool_params")), indent=2)
    lines = [
        style.notable(revealed_line(params.message)),
        *(f"  {line}" for line in _text(arguments.decode()).split("\n")),
    ]
    offered = ["accept", "decline", "cancel"]
    offered += ["acceptForSession"] if "session" in meta.get("persist", ()) else []
    return Choice(lines=lines, keys=_keys(offered, None))


def mcp_answer(decision: str) -> ElicitationResponse:
    """The decision as the wire says it."""
    if decision == "acceptForSession":
        return ElicitationResponse(action="accept", meta={"persist": "session"})
    return msgspec.convert({"action": decision}, ElicitationResponse)


def command_answer(
    params: approvals.CommandApprovalParams, decision: str
) -> approvals.CommandApprovalResponse:
    """The decision as the wire says it."""
    for offered in params.available_decisions or ():
        if _name(offered) == decision:
            return approvals.CommandApprovalResponse(decision=offered)
    return msgspec.convert({"decision": decision}, approvals.CommandApprovalResponse)


def change_answer(decision: str) -> approvals.FileChangeApprovalResponse:
    """The decision as the wire says it."""
    return msgspec.convert({"decision": decision}, approvals.FileChangeApprovalResponse)


def _name(decision: approvals.CommandDecision) -> str:
    if isinstance(decision, str):
        return decision
    about_host = decision.apply_network_policy_amendment
    if about_host is None:
        return "acceptWithExecpolicyAmendment"
    return "allowHost" if about_host.network_policy_amendment.action == "allow" else "denyHost"


def _keys(offered: Sequence[str], prefix: Sequence[str] | None) -> dict[str, str]:
    keys = {key: words for key, (decision, words) in _KEYS.items() if decision in offered}
    if "p" in keys:
        if prefix:
            keys["p"] += f": {revealed_line(' '.join(prefix))}"
        else:
            del keys["p"]
    return keys


def _text(text: str) -> str:
    return reveal(visible(text))[0]
