"""Changes of a thread's settings while it is loaded, and the settings as clients are told them."""

from __future__ import annotations

import msgspec

from journeyman.core.settings import ThreadSettings
from journeyman.protocol.thread_settings import CollaborationMode, ModeSettings
from journeyman.protocol.thread_settings import ThreadSettings as WireSettings
from journeyman.protocol.threads import Thread, ThreadStartResponse
from journeyman.protocol.turns import SettingsChange


def changed(settings: ThreadSettings, change: SettingsChange) -> ThreadSettings:
    """The settings after a client's change; what it does not name stays."""
    model = settings.model
    summary = change.summary or model.reasoning_summary
    return msgspec.structs.replace(
        settings,
        model=msgspec.structs.replace(
            model,
            model=change.model or model.model,
            reasoning_effort=change.effort or model.reasoning_effort,
            reasoning_summary=None if summary == "none" else summary,
        ),
        cwd=change.cwd or settings.cwd,
        approval_policy=change.approval_policy or settings.approval_policy,
        approvals_reviewer=change.approvals_reviewer or settings.approvals_reviewer,
        sandbox=change.sandbox_policy or settings.sandbox,
    )


def wire_settings(settings: ThreadSettings) -> WireSettings:
    """The settings as clients are told them."""
    model = settings.model
    mode = ModeSettings(
        model=model.model,
        reasoning_effort=model.reasoning_effort,
        developer_instructions=settings.developer_instructions,
    )
    return WireSettings(
        cwd=settings.cwd,
        model=model.model,
        model_provider=settings.provider,
        approval_policy=settings.approval_policy,
        approvals_reviewer=settings.approvals_reviewer,
        sandbox_policy=settings.sandbox,
        collaboration_mode=CollaborationMode(settings=mode),
        effort=model.reasoning_effort,
        summary=model.reasoning_summary,
    )


def opened(header: Thread, settings: ThreadSettings) -> ThreadStartResponse:
    """A thread with the settings it runs with, as whoever starts or resumes it is told."""
    return ThreadStartResponse(
        thread=header,
        cwd=settings.cwd,
        model=settings.model.model,
        model_provider=settings.provider,
        approval_policy=settings.approval_policy,
        approvals_reviewer=settings.approvals_reviewer,
        sandbox=settings.sandbox,
        reasoning_effort=settings.model.reasoning_effort,
    )
