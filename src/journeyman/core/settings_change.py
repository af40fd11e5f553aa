"""A thread's settings while it is loaded: changed, recorded at the start of a turn, told to clients."""

from __future__ import annotations

import msgspec

from journeyman.core.journal import Journal
from journeyman.core.plan_mode import in_mode
from journeyman.core.settings import ThreadSettings
from journeyman.models.api import service_tier
from journeyman.protocol import threads
from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.permissions import sandbox_mode
from journeyman.protocol.thread_settings import ThreadSettings as WireSettings
from journeyman.protocol.turns import SettingsChange


def changed(settings: ThreadSettings, change: SettingsChange) -> ThreadSettings:
    """The settings after a client's change; what it does not name stays, and a mode counts more than the rest."""
    model = settings.model
    summary = change.summary or model.reasoning_summary
    after = msgspec.structs.replace(
        settings,
        model=msgspec.structs.replace(
            model,
            model=change.model or model.model,
            reasoning_effort=change.effort or model.reasoning_effort,
            reasoning_summary=None if summary == "none" else summary,
            service_tier=service_tier(change.service_tier)
            if change.service_tier
            else model.service_tier,
        ),
        cwd=change.cwd or settings.cwd,
        approval_policy=change.approval_policy or settings.approval_policy,
        approvals_reviewer=change.approvals_reviewer or settings.approvals_reviewer,
        sandbox=change.sandbox_policy or settings.sandbox,
    )
    return in_mode(after, change.collaboration_mode) if change.collaboration_mode else after


def _wire_mode(settings: ThreadSettings) -> CollaborationMode:
    return CollaborationMode(
        mode=settings.mode,
        settings=ModeSettings(
            model=settings.model.model,
            reasoning_effort=settings.model.reasoning_effort,
            developer_instructions=settings.mode_instructions,
        ),
    )


def wire_settings(settings: ThreadSettings) -> WireSettings:
    """The settings as clients are told them."""
    model = settings.model
    return WireSettings(
        cwd=settings.cwd,
        model=model.model,
        model_provider=settings.provider,
        approval_policy=settings.approval_policy,
        approvals_reviewer=settings.approvals_reviewer,
        sandbox_policy=settings.sandbox,
        collaboration_mode=_wire_mode(settings),
        effort=model.reasoning_effort,
        summary=model.reasoning_summary,
        service_tier=model.service_tier,
    )


def opened(header: threads.Thread, settings: ThreadSettings) -> threads.ThreadStartResponse:
    """The answer to whoever starts, loads or copies a thread."""
    return threads.ThreadStartResponse(
        thread=header,
        cwd=settings.cwd,
        model=settings.model.model,
        model_provider=settings.provider,
        approval_policy=settings.approval_policy,
        approvals_reviewer=settings.approvals_reviewer,
        sandbox=settings.sandbox,
        reasoning_effort=settings.model.reasoning_effort,
        service_tier=settings.model.service_tier,
        collaboration_mode=_wire_mode(settings),
    )


def record_start(journal: Journal, settings: ThreadSettings, trigger: str | None) -> None:
    """Record that the journal's turn begins, by what it was triggered and what it runs with; it asks the settings' model."""
    journal.hand_over(settings.model.model)
    about = {"turn_trigger": trigger} if trigger else {}
    journal.record_event("task_started", turn_id=journal.turn_id, **about)
    journal.record(
        "turn_context",
        {
            "turn_id": journal.turn_id,
            "cwd": settings.cwd,
            "approval_policy": msgspec.to_builtins(settings.approval_policy),
            "sandbox_policy": {"type": sandbox_mode(settings.sandbox)},
            "model": settings.model.model,
            "effort": settings.model.reasoning_effort,
            "collaboration_mode": msgspec.to_builtins(_wire_mode(settings)),
        },
    )
