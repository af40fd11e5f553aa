"""The tool `update_goal`: the model says that the thread's goal is reached, or cannot be. Offered once there is one."""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from journeyman.core.goals import Goals
from journeyman.models.api import ToolSpec
from journeyman.tools.api import Invocation, Scope, ToolCall, ToolContext, ToolError, ToolOutput
from journeyman.tools.quiet_invocation import QuietInvocation

Outcome = Literal["complete", "blocked", "paused"]
_DESCRIPTION = (
    "Say how the thread's goal stands: complete when it is achieved and checked, blocked when you cannot go on without"
    " the user, paused only when the user asks for a pause."
)
_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": ["complete", "blocked", "paused"]}},
    "required": ["status"],
    "additionalProperties": False,
}


class GoalTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, goals: Goals) -> None:
        """Tell `goals`."""
        self.spec = ToolSpec(name="update_goal", description=_DESCRIPTION, parameters=_PARAMETERS)
        self._goals = goals

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`; the registry has judged the arguments."""
        del scope
        status = cast("Outcome", call.arguments["status"])

        async def mark(context: ToolContext) -> ToolOutput:
            del context
            if self._goals.goal is None:
                raise ToolError("update_goal: this thread has no goal any more")
            self._goals.mark(status)
            return ToolOutput(content=msgspec.json.encode({"goal": self._goals.goal}).decode())

        return QuietInvocation(mark)

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""
        del kill
