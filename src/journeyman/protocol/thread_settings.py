"""What a loaded thread runs with, changed and told."""

from __future__ import annotations

from typing import Any, Literal

from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.permissions import ApprovalPolicy, ApprovalsReviewer, SandboxPolicy
from journeyman.protocol.turns import SettingsChange
from journeyman.protocol.wire import Wire


class ThreadSettingsUpdateParams(SettingsChange, frozen=True, kw_only=True):
    """Change the settings that the next turns run with."""

    thread_id: str


class TurnSettingsUpdateParams(Wire, frozen=True):
    """Change what the running turn asks the model with, from its next request on."""

    thread_id: str
    turn_id: str
    model: str | None = None
    effort: str | None = None
    summary: str | None = None
    approvals_reviewer: ApprovalsReviewer | None = None


class TurnSettingsUpdateResponse(Wire, frozen=True):
    """Whether the turn was still there to take it."""

    status: Literal["applied", "targetUnavailable"]


class ThreadSettings(Wire, frozen=True):
    """The settings of a thread, whole."""

    cwd: str
    model: str
    model_provider: str
    approval_policy: ApprovalPolicy
    approvals_reviewer: ApprovalsReviewer
    sandbox_policy: SandboxPolicy
    collaboration_mode: CollaborationMode
    effort: str | None = None
    summary: str | None = None
    service_tier: str | None = None


class ThreadSettingsUpdatedNotification(Wire, frozen=True):
    """The settings that the next turn begins with."""

    thread_id: str
    thread_settings: ThreadSettings


class ThreadInjectItemsParams(Wire, frozen=True):
    """Add items to what the model sees, in the shape of the Responses API; nobody is shown them."""

    thread_id: str
    items: list[Any]


class ThreadCompactStartParams(Wire, frozen=True):
    """Replace the history by a summary, in a turn of its own."""

    thread_id: str


class ThreadShellCommandParams(Wire, frozen=True):
    """Run a command of the user's in a turn of its own, without the sandbox; the model sees its output."""

    thread_id: str
    command: str
    timeout_ms: int | None = None


class ThreadPrepareApprovedPlanParams(Wire, frozen=True):
    """Let a thread know a plan that its user approved; wherever a copy of it is, the thread gets it whole."""

    thread_id: str
    markdown: str
    attachment_path: str | None = None


class ThreadPrepareApprovedPlanResponse(Wire, frozen=True):
    """What to say to begin with it."""

    prompt: str
