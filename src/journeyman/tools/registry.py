"""The tools of one thread, by name. Never imports a tool: the registration lines are in cli."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.tools.api import (
    Invocation,
    NoCommands,
    RunningCommands,
    Scope,
    Tool,
    ToolCall,
    ToolError,
)
from journeyman.tools.schema import SchemaError, fit, in_stable_form


class ToolRegistry:
    """Finds the tool for a call; specs come sorted by name so that prompts stay byte-stable."""

    def __init__(self, tools: Iterable[Tool], commands: RunningCommands | None = None) -> None:
        """Take the thread's tools, and what tells of the commands that they leave running.

        Raises:
            ValueError: two tools have one name.
        """
        self.commands: RunningCommands = commands or NoCommands()
        self._tools: dict[str, Tool] = {}
        for tool in sorted(tools, key=lambda tool: tool.spec.name):
            if tool.spec.name in self._tools:
                message = f"two tools are named {tool.spec.name!r}"
                raise ValueError(message)
            self._tools[tool.spec.name] = tool
        self._specs = [_stable(tool.spec) for tool in self._tools.values()]

    @property
    def specs(self) -> list[ToolSpec]:
        """What the model is told, in a stable order."""
        return self._specs

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
        return tool.prepare(_checked(call, tool.spec), scope)

    async def settle(self, *, kill: bool) -> None:
        """The turn ends: every tool settles its open items."""
        for tool in self._tools.values():
            await tool.settle(kill=kill)


def _stable(spec: ToolSpec) -> ToolSpec:
    return msgspec.structs.replace(spec, parameters=in_stable_form(spec.parameters))


def _checked(call: ToolCall, spec: ToolSpec) -> ToolCall:
    """The call with arguments that fit; the one place where they are judged, whatever the dialect."""
    if spec.parameters is None or call.text is not None:
        return call
    try:
        fitted = fit(dict(call.arguments), spec.parameters)
    except SchemaError as error:
        raise ToolError(
            f"{call.name}: {error}. Nothing was run; send the call again, mended."
        ) from None
    return msgspec.structs.replace(call, arguments=fitted)
