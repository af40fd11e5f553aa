"""Questions for permissions: what would be opened in words, the answer, and what was granted. Pure: no terminal."""

from __future__ import annotations

from journeyman.plain.approvals import Choice
from journeyman.protocol.permission_requests import (
    Grant,
    GrantsReadResponse,
    PathEntry,
    PermissionsApprovalParams,
    PermissionsApprovalResponse,
    PermissionsProfile,
)
from journeyman.transcript.style import Style
from journeyman.visible_text import revealed_line

_KEYS = {
    "y": "yes, until the end of this turn",
    "a": "yes, as long as this thread is loaded",
    "n": "no, go on without it",
    "c": "no, and stop the turn",
}
_SCOPES = {"turn": "for this turn", "session": "for this thread"}


def permissions_question(params: PermissionsApprovalParams, style: Style) -> Choice:
    """May commands do this as well? Shown whole, by what the paths lead to."""
    asked = params.permissions
    lines = [style.notable("Allow commands more than the sandbox does?")]
    if asked.network is not None and asked.network.enabled:
        lines.append("  use the network, all of it")
    entries = (asked.file_system and asked.file_system.entries) or ()
    for entry in entries:
        place = entry.path.path if isinstance(entry.path, PathEntry) else str(entry.path)
        verb = "write to" if entry.access == "write" else entry.access
        lines.append(f"  {verb} {revealed_line(place)} and all below it")
    if params.reason:
        lines.append(f"  why: {revealed_line(params.reason)}")
    return Choice(lines=lines, keys=_KEYS)


def permissions_answer(
    params: PermissionsApprovalParams, decision: str
) -> PermissionsApprovalResponse:
    """The decision as the wire says it: all that was asked for, or nothing."""
    if decision not in {"accept", "acceptForSession"}:
        return PermissionsApprovalResponse(permissions=PermissionsProfile())
    scope = "turn" if decision == "accept" else "session"
    return PermissionsApprovalResponse(permissions=params.permissions, scope=scope)


def grant_lines(state: GrantsReadResponse) -> list[str]:
    """What is granted now; nothing where nothing is."""
    lines: list[str] = []
    for scope, words in _SCOPES.items():
        grant: Grant = getattr(state, scope)
        things = [revealed_line(folder) for folder in grant.write]
        things += ["the network"] if grant.network else []
        if things:
            lines.append(f"granted {words}: {', '.join(things)}")
    return lines
