"""Whether a tool of an MCP server may be called: the user's word on it, else the server's hints, else the user.

A tool whose server does not say that it only reads counts as one that changes things. Owns the answers that
hold for the whole thread, and what is told of how servers start.
"""

from __future__ import annotations

from journeyman.core.approvals import Ruling, TurnCancelledError
from journeyman.core.journal import Journal
from journeyman.core.questions import Questions
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.mcp import McpServerStatusUpdatedNotification
from journeyman.protocol.permissions import DangerFullAccess, Granular
from journeyman.tools.api import McpCallNeed, SourceState

_NEVER = "MCP tool call requires approval, but approval policy is never"
_OFF = "MCP tool call requires approval, but the approval policy lets nobody be asked about it"


class McpApprovals:
    """Rules on the MCP calls of one thread."""

    def __init__(self, questions: Questions) -> None:
        """Ask through `questions`."""
        self._questions = questions
        self._accepted: set[tuple[str, str]] = set()

    async def rule(self, call: McpCallNeed, item_id: str, settings: ThreadSettings) -> Ruling:
        """Rule on one call before it is made.

        Raises:
            TurnCancelledError: the user ended the turn.
        """
        key = (call.server, call.tool)
        policy = settings.approval_policy
        if call.mode == "approve" or key in self._accepted:
            return Ruling(allowed=True)
        if call.mode == "auto" and policy != "untrusted" and call.is_read_only:
            return Ruling(allowed=True)
        if policy == "never":
            # Whoever switched off the sandbox and all questions allowed everything.
            is_free = isinstance(settings.sandbox, DangerFullAccess) and call.mode == "auto"
            return Ruling(allowed=True) if is_free else Ruling(allowed=False, reason=_NEVER)
        if isinstance(policy, Granular) and not policy.granular.mcp_elicitations:
            return Ruling(allowed=False, reason=_OFF)
        verdict = await self._questions.put_mcp_call(call, item_id, settings)
        if verdict.decision == "cancel":
            raise TurnCancelledError
        if verdict.decision == "acceptForSession":
            self._accepted.add(key)
        allowed = verdict.decision in {"accept", "acceptForSession"}
        return Ruling(allowed=allowed, reason="" if allowed else verdict.reason)


def tell_source_state(journal: Journal, state: SourceState) -> None:
    """Tell the clients how a server stands."""
    journal.notify(
        McpServerStatusUpdatedNotification(
            thread_id=journal.thread_id, name=state.name, status=state.status, error=state.error
        )
    )
    if state.error:
        journal.warn(f"The MCP server {state.name} is not there: {state.error}")
