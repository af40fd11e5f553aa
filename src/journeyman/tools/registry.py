"""The tools of one thread, by name. Never imports a tool: the registration lines are in cli."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from journeyman.models.api import ToolSpec
from journeyman.tools.api import (
    Invocation,
    McpServers,
    NoCommands,
    NoServers,
    Preview,
    Previewing,
    RunningCommands,
    Scope,
    SourceAudience,
    Tool,
    ToolCall,
    ToolError,
    ToolSource,
)
from journeyman.tools.schema import SchemaError, fit, in_stable_form


class ToolRegistry:
    """Finds the tool for a call.

    Attributes:
        specs: what the model is told, sorted by name so that prompts stay byte-stable.
        commands: what tells of the commands that the tools leave running.
        servers: the thread's MCP servers.
    """

    def __init__(
        self,
        tools: Iterable[Tool],
        *,
        commands: RunningCommands | None = None,
        sources: Sequence[ToolSource] = (),
        servers: McpServers | None = None,
        unlisted: Iterable[Tool] = (),
    ) -> None:
        """Take the thread's tools; those of `sources` come with `load`.

        The model is not told of the `unlisted` ones; it may call them from habit.

        Raises:
            ValueError: two tools have one name.
        """
        self.commands: RunningCommands = commands or NoCommands()
        self.servers: McpServers = servers or NoServers()
        self._tools: dict[str, Tool] = {}
        self._unlisted = {tool.spec.name: tool for tool in unlisted}
        self._sources = sources
        self._is_loaded = not sources
        for tool in sorted(tools, key=lambda tool: tool.spec.name):
            if tool.spec.name in self._tools:
                message = f"two tools are named {tool.spec.name!r}"
                raise ValueError(message)
            self._tools[tool.spec.name] = tool
        self.specs: list[ToolSpec] = [_stable(tool.spec) for tool in self._tools.values()]

    def begin(self, audience: SourceAudience) -> None:
        """Start the sources in the background, and tell `audience` how that goes."""
        for source in self._sources:
            source.begin(audience)

    async def load(self) -> None:
        """Wait for the tools of the sources, once; from then on they are the thread's for good.

        Raises:
            ToolSourceError: one that the user cannot do without has failed.
        """
        if self._is_loaded:
            return
        found = [tool for source in self._sources for tool in await source.tools()]
        for tool in found:
            self._tools.setdefault(tool.spec.name, tool)
        self._tools = dict(sorted(self._tools.items()))
        self.specs[:] = [_stable(tool.spec) for tool in self._tools.values()]
        self._is_loaded = True

    def has(self, name: str) -> bool:
        """Whether there is a tool of this name."""
        return name in self._tools

    def preview(self, name: str) -> Preview | None:
        """For a call of this tool that is still being written; None where the tool shows none."""
        tool = self._tools.get(name) or self._unlisted.get(name)
        return tool.preview() if isinstance(tool, Previewing) else None

    def add(self, tool: Tool) -> None:
        """Offer one more tool from now on, after the others; raises `ValueError` where its name is taken."""
        if self.has(tool.spec.name):
            message = f"two tools are named {tool.spec.name!r}"
            raise ValueError(message)
        self._tools[tool.spec.name] = tool
        self.specs.append(_stable(tool.spec))

    def parallel(self, name: str) -> bool:
        """Whether calls of this tool may run beside others."""
        return name in self._tools and self._tools[name].parallel

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """Validate a call; raises `ToolError` when there is no such tool or the arguments do not fit."""
        tool = self._tools.get(call.name) or self._unlisted.get(call.name)
        if tool is None:
            known = ", ".join(self._tools)
            message = f"unsupported call: {call.name}. The tools are: {known}"
            raise ToolError(message)
        return tool.prepare(_checked(call, tool.spec), scope)

    async def settle(self, *, kill: bool) -> None:
        """The turn ends: every tool settles its open items."""
        for tool in self._tools.values():
            await tool.settle(kill=kill)

    async def close(self) -> None:
        """End what the sources started."""
        for source in self._sources:
            await source.close()


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
