"""Turns: from the user's input until the agent settles, with how it ended."""

from __future__ import annotations

from typing import Any, Literal

from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.items import ThreadItem, UserInput
from journeyman.protocol.permissions import ApprovalPolicy, ApprovalsReviewer, SandboxPolicy
from journeyman.protocol.wire import Wire

TurnStatus = Literal["completed", "interrupted", "failed", "inProgress"]


class TurnError(Wire, frozen=True):
    """Why a turn failed; `codex_error_info` is the wire's error kind, e.g. `contextWindowExceeded`."""

    message: str
    codex_error_info: str | dict[str, Any] | None = None
    additional_details: str | None = None

    @property
    def text(self) -> str:
        """The error as one text: its message, with the details in brackets where it has some."""
        details = f" ({self.additional_details})" if self.additional_details else ""
        return self.message + details


class Turn(Wire, frozen=True):
    """One turn; `items_view` says whether `items` holds all of them. Instants in unix seconds."""

    id: str
    status: TurnStatus
    items: list[ThreadItem] = []
    items_view: Literal["notLoaded", "summary", "full"] = "full"
    error: TurnError | None = None
    started_at: int | None = None
    completed_at: int | None = None
    duration_ms: int | None = None


class SettingsChange(Wire, frozen=True):
    """Settings of a thread that a client changes; a member that is missing or null stays as it was."""

    cwd: str | None = None
    model: str | None = None
    service_tier: str | None = None
    effort: str | None = None
    summary: str | None = None
    approval_policy: ApprovalPolicy | None = None
    approvals_reviewer: ApprovalsReviewer | None = None
    sandbox_policy: SandboxPolicy | None = None
    collaboration_mode: CollaborationMode | None = None


class TurnToolOutput(Wire, frozen=True):
    """What a tool outside of this program reports; `output` is text, or parts as tools return them."""

    name: str
    output: str | list[dict[str, Any]]
    namespace: str | None = None


class TurnStartParams(SettingsChange, frozen=True, kw_only=True):
    """Start a turn; settings given here hold for this turn and those after it.

    `input` may be empty where `tool_output` is there. `client_user_message_id` comes back with the user's item,
    `turn_trigger` says what made the client start the turn.
    """

    thread_id: str
    input: list[UserInput]
    output_schema: dict[str, Any] | None = None
    client_user_message_id: str | None = None
    tool_output: TurnToolOutput | None = None
    turn_trigger: str | None = None


class TurnStartResponse(Wire, frozen=True):
    """The turn, in progress."""

    turn: Turn


class TurnSteerParams(Wire, frozen=True):
    """Add input to the running turn; refused when `expected_turn_id` is not the running one."""

    thread_id: str
    expected_turn_id: str
    input: list[UserInput]
    client_user_message_id: str | None = None


class TurnSteerResponse(Wire, frozen=True):
    """The turn that took the input."""

    turn_id: str


class TurnInterruptParams(Wire, frozen=True):
    """Stop the running turn; every open item is settled and its processes are killed."""

    thread_id: str
    turn_id: str


class TurnInterruptResponse(Wire, frozen=True):
    """Nothing; `turn/completed` with status `interrupted` follows."""
