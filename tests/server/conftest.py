"""A server over real threads whose model says what a test wrote down and whose one tool waits to be released."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import msgspec
import pytest

from journeyman.client.client import OnRequest
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.api import (
    Finished,
    ItemBegun,
    ItemDone,
    Prompt,
    StreamEvent,
    TextDelta,
    ToolSpec,
)
from journeyman.protocol.history import FunctionCall, Message, OutputText
from journeyman.protocol.items import CommandExecutionItem, ThreadItem
from journeyman.protocol.usage import TokenUsage
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.tools.api import ApprovalNeed, Scope, ToolCall, ToolContext, ToolOutput

USAGE = TokenUsage(input_tokens=10, output_tokens=2, total_tokens=12)


class Model:
    """Answers each request with the next text; a text that begins with `!` is a tool call of that id."""

    def __init__(self) -> None:
        self.script: list[str] = []
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        self.prompts.append(prompt)
        said = self.script.pop(0)
        if said.startswith("!"):
            yield ItemDone(FunctionCall(name="wait", arguments="{}", call_id=said[1:]))
        else:
            yield ItemBegun("m", "message")
            yield TextDelta("m", said)
            yield ItemDone(Message(role="assistant", content=[OutputText(said)]), "m")
        yield Finished(usage=USAGE)

    async def close(self) -> None:
        pass


class WaitTool:
    """Runs until the test releases it; asks for approval first where `asks` is set."""

    spec = ToolSpec(name="wait", description="Waits.", parameters={"type": "object"})
    parallel = True

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.asks = False

    def prepare(self, call: ToolCall, scope: Scope) -> Waiting:
        return Waiting(call.call_id, scope.cwd, self)

    async def settle(self, *, kill: bool) -> None:
        del kill


class Waiting:
    """One call of the tool."""

    def __init__(self, call_id: str, cwd: str, tool: WaitTool) -> None:
        self._tool = tool
        self._item = CommandExecutionItem(id=call_id, command="wait", cwd=cwd, status="inProgress")
        asks = ApprovalNeed(argv=("wait",), cwd=cwd, escalate=True, justification="may I?")
        self.need = asks if tool.asks else None
        self.mutates = False

    @property
    def item(self) -> ThreadItem:
        return self._item

    async def run(self, context: ToolContext) -> ToolOutput:
        del context
        await self._tool.released.wait()
        return self._output("done", "completed")

    def refused(self, reason: str) -> ToolOutput:
        return self._output(reason, "declined")

    def interrupted(self) -> ToolOutput:
        return self._output("aborted", "failed")

    def _output(self, content: str, status: str) -> ToolOutput:
        return ToolOutput(content=content, item=msgspec.structs.replace(self._item, status=status))


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def tool() -> WaitTool:
    return WaitTool()


@pytest.fixture
def make_manager(tmp_path: Path, model: Model, tool: WaitTool) -> Callable[[], ThreadManager]:
    def make() -> ThreadManager:
        kit = ThreadKit(
            connect=lambda settings: model,
            launcher=FakeLauncher(),
            clock=SystemClock(),
            tools=lambda: [tool],
        )
        factory = PlainThreadFactory(tmp_path / "home", kit)
        return ThreadManager(factory, factory.store)

    return make


@pytest.fixture
def serve(make_manager: Callable[[], ThreadManager]) -> Callable[..., AppServerHarness]:
    def serve(on_request: OnRequest | None = None) -> AppServerHarness:
        return AppServerHarness(make_manager(), on_request)

    return serve
