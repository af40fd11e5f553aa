"""A call that shows no item, touches nothing that has to be allowed, and changes no file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from journeyman.tools.api import ToolContext, ToolOutput


class QuietInvocation:
    """See `Invocation`."""

    item = None
    need = None
    mutates = False

    def __init__(self, work: Callable[[ToolContext], Awaitable[ToolOutput]]) -> None:
        """Do `work` when it runs; see `Invocation.run` for what that may raise."""
        self._work = work

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        return await self._work(context)

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        return ToolOutput(content=reason, success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return ToolOutput(content="aborted by user", success=False)
