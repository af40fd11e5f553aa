"""Tools that the client brings: the model calls them like any other, the client runs them when it is asked.

Nothing is approved here and nothing runs in the sandbox: what such a tool may do is the client's business.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from journeyman.core.journal import Journal
from journeyman.models.api import ToolSpec
from journeyman.protocol.dynamic_tools import (
    DynamicTool,
    DynamicToolCallParams,
    DynamicToolCallResponse,
    DynamicToolNamespace,
    DynamicToolSpec,
)
from journeyman.protocol.history import Content, InputImage, InputText
from journeyman.protocol.items import DynamicToolCallItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.tools.api import Invocation, Scope, Tool, ToolCall, ToolContext, ToolOutput
from journeyman.tools.command_output import BYTES_PER_TOKEN, HeadAndTail, bounded_text

Ask = Callable[[msgspec.Struct], Awaitable[msgspec.Struct | None]]
# What every dialect takes as the name of a tool.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOBODY = "The client that has this tool did not answer."


class DynamicTools:
    """The tools that one client brought for one thread."""

    def __init__(self, specs: Sequence[DynamicToolSpec]) -> None:
        """Take them; raises `RpcError` where a name cannot be a tool's, or two are the same."""
        self.tools: list[Tool] = []
        self._journal: Journal | None = None
        self._ask: Ask | None = None
        for spec in specs:
            if isinstance(spec, DynamicToolNamespace):
                self.tools += [_ClientTool(self, tool, spec.name) for tool in spec.tools]
            else:
                self.tools.append(_ClientTool(self, spec, None))
        names = [tool.spec.name for tool in self.tools]
        for name in names:
            if not _NAME.fullmatch(name) or names.count(name) > 1:
                message = (
                    f"dynamicTools: `{name}` is not a name of its own, of letters, digits, _ and -"
                )
                raise RpcError(message)

    def bind(self, journal: Journal, ask: Ask) -> None:
        """Say whom the calls go to; before the first of them."""
        self._journal = journal
        self._ask = ask

    async def call(
        self, call: ToolCall, tool: str, namespace: str | None
    ) -> DynamicToolCallResponse:
        """Ask the client to run a tool; one that does not answer has failed."""
        answer = None
        if self._journal is not None and self._ask is not None:
            answer = await self._ask(
                DynamicToolCallParams(
                    thread_id=self._journal.thread_id,
                    turn_id=self._journal.turn_id,
                    call_id=call.call_id,
                    tool=tool,
                    arguments=call.arguments,
                    namespace=namespace,
                )
            )
        nobody = [{"type": "inputText", "text": _NOBODY}]
        if isinstance(answer, DynamicToolCallResponse):
            return answer
        return DynamicToolCallResponse(content_items=nobody, success=False)


class _ClientTool:
    parallel = False

    def __init__(self, tools: DynamicTools, tool: DynamicTool, namespace: str | None) -> None:
        self._tools = tools
        self._name = tool.name
        self._namespace = namespace
        self.spec = ToolSpec(
            name=f"{namespace}__{tool.name}" if namespace else tool.name,
            description=tool.description,
            parameters=tool.input_schema,
        )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`; whether the arguments fit is for the client to say."""
        item = DynamicToolCallItem(
            id=call.call_id,
            tool=self._name,
            namespace=self._namespace,
            status="inProgress",
            arguments=dict(call.arguments),
        )
        return _ClientCall(self._tools, call, item, scope.max_output_tokens * BYTES_PER_TOKEN)

    async def settle(self, *, kill: bool) -> None:
        """Nothing of it outlives its call."""
        del kill


class _ClientCall:
    need = None
    mutates = False

    def __init__(
        self, tools: DynamicTools, call: ToolCall, item: DynamicToolCallItem, limit_bytes: int
    ) -> None:
        self._tools = tools
        self._call = call
        self.item = item
        self._limit_bytes = limit_bytes

    async def run(self, context: ToolContext) -> ToolOutput:
        """See `Invocation.run`."""
        del context
        answer = await self._tools.call(self._call, self.item.tool, self.item.namespace)
        content = [_content(part, self._limit_bytes) for part in answer.content_items]
        return ToolOutput(
            content=content,
            item=self._settled(answer.content_items, success=answer.success),
            success=answer.success,
        )

    def refused(self, reason: str) -> ToolOutput:
        """See `Invocation.refused`."""
        parts = [{"type": "inputText", "text": reason}]
        return ToolOutput(content=reason, item=self._settled(parts, success=False), success=False)

    def interrupted(self) -> ToolOutput:
        """See `Invocation.interrupted`."""
        return self.refused("aborted by the user")

    def _settled(self, parts: list[dict[str, Any]], *, success: bool) -> DynamicToolCallItem:
        return msgspec.structs.replace(
            self.item,
            status="completed" if success else "failed",
            content_items=parts,
            success=success,
        )


def _content(part: Mapping[str, Any], limit_bytes: int) -> Content:
    """A part as the model sees it; one of an unknown kind as the JSON it is."""
    if part.get("type") == "inputImage" and isinstance(part.get("imageUrl"), str):
        return InputImage(part["imageUrl"])
    text = part.get("text")
    if not isinstance(text, str):
        text = msgspec.json.encode(part).decode()
    output = HeadAndTail(limit_bytes)
    output.add(text.encode(errors="replace"))
    return InputText(bounded_text(output, limit_bytes))
