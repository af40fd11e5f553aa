"""What a thread's MCP servers have to do with its user: leave to call tools, forms to fill in, how they start.

Whether a tool may be called: the user's word on it, else the server's hints, else the user. A tool whose
server does not say that it only reads counts as one that changes things. A form that asks for a secret is
declined unseen: what goes to a server as a secret stands in the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from journeyman.core.approvals import Ruling, TurnCancelledError
from journeyman.core.journal import Journal
from journeyman.core.questions import Questions
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.mcp import McpServerStatusUpdatedNotification
from journeyman.protocol.permissions import DangerFullAccess, Granular
from journeyman.tools.api import Form, FormAnswer, McpCallNeed, SourceState

# What no server needs by way of a form: with these words one is fishing, or badly made.
_SECRET_WORDS = re.compile(
    r"pass ?(?:word|phrase|code)s?\b|passwd|api[ _-]?keys?\b|private[ _-]?keys?\b|secret key|credentials?\b",
    re.IGNORECASE,
)
_SECRET_FIELD = re.compile(
    r"pass[ _-]?(?:word|phrase|code|wd)|secret|token|api[ _-]?key|private[ _-]?key|credential"
    r"|(?<![a-z])(?:pin|cvv|cvc|otp|ssn)(?![a-z])",
    re.IGNORECASE,
)
_NEVER = "MCP tool call requires approval, but approval policy is never"
_OFF = "MCP tool call requires approval, but the approval policy lets nobody be asked about it"


class ThreadMcp:
    """The MCP servers of one thread, from the user's side; see `SourceAudience` too."""

    def __init__(
        self, questions: Questions, journal: Journal, settings: Callable[[], ThreadSettings]
    ) -> None:
        """Ask through `questions`, as the `settings` of the moment allow."""
        self._questions = questions
        self._journal = journal
        self._settings = settings
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

    def tell(self, state: SourceState) -> None:
        """Tell the clients how a server stands."""
        journal = self._journal
        journal.notify(
            McpServerStatusUpdatedNotification(
                thread_id=journal.thread_id, name=state.name, status=state.status, error=state.error
            )
        )
        if state.error:
            journal.warn(f"The MCP server {state.name} is not there: {state.error}")

    async def fill_in(self, form: Form) -> FormAnswer:
        """Let the user fill in a form, where the policy lets anybody be asked."""
        settings = self._settings()
        policy = settings.approval_policy
        is_off = isinstance(policy, Granular) and not policy.granular.mcp_elicitations
        if policy == "never" or is_off or settings.approvals_reviewer != "user":
            return FormAnswer("decline")
        secret = _secret_in(form)
        if secret is not None:
            self._journal.warn(
                f"The MCP server {form.server} asked for {secret!r}, which was declined: secrets for a server "
                "belong into its table of the configuration."
            )
            return FormAnswer("decline")
        answer = await self._questions.put_form(form)
        if answer is None or answer.action != "accept":
            return FormAnswer("decline" if answer is None else answer.action)
        is_filled = isinstance(answer.content, dict)
        return FormAnswer("accept", cast("dict[str, Any]", answer.content) if is_filled else {})


def _secret_in(form: Form) -> str | None:
    """The name of a field, or the words of the text, that ask for a secret."""
    if found := _SECRET_WORDS.search(form.message):
        return found.group()
    fields = form.schema.get("properties")
    for name, field in cast("dict[str, Any]", fields if isinstance(fields, dict) else {}).items():
        said = cast("dict[str, Any]", field if isinstance(field, dict) else {})
        if said.get("type") in {"boolean", "number", "integer"}:
            continue
        words = (name, said.get("title"), said.get("description"), said.get("format"))
        if any(_SECRET_FIELD.search(str(text)) for text in words if text):
            return name
    return None
