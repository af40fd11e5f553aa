"""The tools of one thread, by name. Never imports a tool: the registration lines are in cli."""

from __future__ import annotations

from collections.abc import Iterable

from journeyman.models.api import ToolSpec
from journeyman.tools.api import Invocation, Scope, Tool, ToolCall, ToolError


class ToolRegistry:
    """Finds the tool for a call; specs come sorted by name so that prompts stay byte-stable."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Take the thread's tools.

        Raises:
            ValueError: two tools have one name.
        """
        self._tools: dict[str, Tool] = {}
        for tool in sorted(tools, key=lambda tool: tool.spec.name):
            if tool.spec.name in self._tools:
                message = f"two tools are named {tool.spec.name!r}"
                raise ValueError(message)
            self._tools[tool.spec.name] = tool

    @property
    def specs(self) -> list[ToolSpec]:
        """What the model is told, in a stable order."""
        return [tool.spec for tool in self._tools.values()]

    def parallel(self, name: str) -> bool:
        """Whether calls of this tool may run beside others."""
        return name in self._tools and self._tools[name].parallel

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """Validate a call; raises `ToolError` when there is no such tool or the arguments do not fit."""
        tool = self._tools.get(call.name)
        if tool is None:
            known = ", ".join(self._tools)
            message = f"unsupported call: {call.name}. The tools are: {known}"
            raise ToolError(message)
        return tool.prepare(call, scope)

    async def settle(self, *, kill: bool) -> None:
        """The turn ends: every tool settles its open items."""
        for tool in self._tools.values():
            await tool.settle(kill=kill)
