"""Plan mode: the model looks around and proposes, and changes nothing until the user ends the mode.

Owns what holds while it lasts. It is enforced here and in dispatch, not by the words to the model: commands run
under the read-only sandbox policy, nobody is asked to lift it, and what would write otherwise is refused.
"""

from __future__ import annotations

import msgspec

from journeyman.core.settings import ThreadSettings
from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.permissions import DangerFullAccess, ReadOnly
from journeyman.tools.api import ApprovalNeed

REFUSED = "not run: this thread is in plan mode, in which nothing is changed. Put it into the plan; the user ends the mode."


def in_mode(settings: ThreadSettings, mode: CollaborationMode) -> ThreadSettings:
    """The settings of a thread that a client puts into this mode; what the mode names counts first."""
    model, effort = settings.model, mode.settings.reasoning_effort
    if effort is None and mode.mode == "plan":
        effort = settings.plan_effort or model.reasoning_effort
    return msgspec.structs.replace(
        settings,
        mode=mode.mode,
        mode_instructions=mode.settings.developer_instructions,
        model=msgspec.structs.replace(
            model,
            model=mode.settings.model or model.model,
            reasoning_effort=effort,
        ),
    )


def in_force(settings: ThreadSettings) -> ThreadSettings:
    """What a turn runs with: the thread's settings, and while it plans nothing that could write."""
    if settings.mode != "plan":
        return settings
    sandbox = settings.sandbox
    network = isinstance(sandbox, DangerFullAccess) or sandbox.network_access
    return msgspec.structs.replace(
        settings,
        sandbox=ReadOnly(network_access=network),
        approval_policy="never",
        git_grant=False,
    )


def refusal(need: ApprovalNeed | None, *, mutates: bool) -> str | None:
    """Why a call that needs this does not run in plan mode; None where it may, as far as the mode is concerned."""
    if need is None:
        writes = mutates
    elif need.mcp_call is not None:
        writes = not need.mcp_call.is_read_only
    else:
        writes = need.escalate or (mutates and not need.argv)
    return REFUSED if writes else None
