"""The tool `update_plan`: the model tells its plan, for the user to see. It changes nothing else."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.protocol.events import PlanStep
from journeyman.tools.api import (
    Invocation,
    PlanChanged,
    Scope,
    ToolCall,
    ToolContext,
    ToolError,
    ToolOutput,
)
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments
from journeyman.tools.quiet_invocation import QuietInvocation

_WIRE_STATUS: dict[str, Literal["pending", "inProgress", "completed"]] = {
    "pending": "pending",
    "in_progress": "inProgress",
    "completed": "completed",
}

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "plan": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "step": {"type": "string"},
                    "status": {"type": "string", "enum": list(_WIRE_STATUS)},
                },
                "required": ["step", "status"],
                "additionalProperties": False,
            },
        },
        "explanation": {"type": "string", "description": "Why the plan changed."},
    },
    "required": ["plan"],
    "additionalProperties": False,
}


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: str
    status: Literal["pending", "in_progress", "completed"]


class _Arguments(msgspec.Struct, frozen=True):
    plan: list[_Step]
    explanation: str | None = None


class UpdatePlanTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self) -> None:
        """Need nothing."""
        self.spec = ToolSpec(
            name="update_plan", description=prompt_beside(__file__), parameters=_PARAMETERS
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        del scope
        given = read_arguments(call, _Arguments)
        current = [step.step for step in given.plan if step.status == "in_progress"]
        if len(current) > 1:
            raise ToolError(
                f"update_plan: {len(current)} steps are in_progress; at most one may be"
            )
        steps = [PlanStep(step=s.step, status=_WIRE_STATUS[s.status]) for s in given.plan]

        async def show(context: ToolContext) -> ToolOutput:
            context.emit(PlanChanged(steps, given.explanation))
            return ToolOutput(content="Plan updated")

        return QuietInvocation(show)

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""
