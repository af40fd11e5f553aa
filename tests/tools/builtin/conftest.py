"""One thread's tools over a real or a fake launcher, and a context that writes down what it is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeyman.clock import SystemClock
from journeyman.protocol.items import ThreadItem
from journeyman.sandbox.api import Command, Launcher, Process
from journeyman.sandbox.environment import command_environment
from journeyman.sandbox.launcher import system_launcher
from journeyman.sandbox.policy import Policy
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.tools.api import (
    Invocation,
    OutputDelta,
    PermissionsRequest,
    Scope,
    ToolCall,
    ToolError,
    ToolEvent,
    ToolOutput,
)
from journeyman.tools.builtin.apply_patch import ApplyPatchTool
from journeyman.tools.builtin.exec_command import ExecCommandTool
from journeyman.tools.builtin.exec_sessions import ExecSessions
from journeyman.tools.builtin.update_plan import UpdatePlanTool
from journeyman.tools.builtin.view_image import ViewImageTool
from journeyman.tools.builtin.write_stdin import WriteStdinTool
from journeyman.tools.registry import ToolRegistry


class Context:
    """`journeyman.tools.api.ToolContext` that remembers."""

    def __init__(self, launcher: Launcher, policy: Policy) -> None:
        self._launcher = launcher
        self._policy = policy
        self.told = asyncio.Event()
        self.events: list[ToolEvent] = []
        self.settled: list[ThreadItem] = []
        self.kept_bytes = 0

    async def launch(self, command: Command) -> Process:
        return await self._launcher.launch(command, self._policy)

    def emit(self, event: ToolEvent) -> None:
        self.events.append(event)
        self.told.set()

    def keep_output(self) -> Callable[[bytes], None]:
        self.kept_bytes = 0
        return self._count

    def settle_item(self, item: ThreadItem) -> None:
        self.settled.append(item)

    async def request_permissions(self, request: PermissionsRequest) -> tuple[str, bool]:
        raise ToolError(f"nobody is here to be asked by {request.call_id}")

    def _count(self, data: bytes) -> None:
        self.kept_bytes += len(data)

    @property
    def live(self) -> str:
        """All output that was told while commands ran."""
        return "".join(event.text for event in self.events if isinstance(event, OutputDelta))


class Bench:
    """The built-in tools of one thread."""

    def __init__(self, launcher: Any, project: Path, *, max_seconds: float | None = None) -> None:
        clock = SystemClock()
        self.launcher = launcher
        self.project = project
        self.sessions = ExecSessions(clock)
        self.context = Context(launcher, Policy(writable_roots=(str(project),)))
        patches = ApplyPatchTool(clock, freeform=True)
        shell = ExecCommandTool(self.sessions, patches, max_seconds=max_seconds)
        stdin = WriteStdinTool(self.sessions)
        self.registry = ToolRegistry([shell, stdin, patches, UpdatePlanTool(), ViewImageTool()])
        self.scope = Scope(
            cwd=str(project),
            env=command_environment({"PATH": os.defpath}),
            writable_roots=(str(project),),
            confined=True,
        )

    def prepare(self, name: str, **arguments: Any) -> Invocation:
        call = ToolCall(call_id="c1", name=name, arguments=arguments)
        return self.registry.prepare(call, self.scope)

    async def call(self, name: str, **arguments: Any) -> ToolOutput:
        return await self.prepare(name, **arguments).run(self.context)

    async def patch(self, text: str) -> ToolOutput:
        return await self.prepare_patch(text).run(self.context)

    def prepare_patch(self, text: str) -> Invocation:
        call = ToolCall(call_id="c1", name="apply_patch", text=text)
        return self.registry.prepare(call, self.scope)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Bench]:
    """Tools whose commands run in the real sandbox."""
    launcher = system_launcher(os.defpath)
    yield Bench(launcher, tmp_path)
    launcher.close()


@pytest.fixture
def fake(tmp_path: Path) -> Any:
    """A function that makes tools whose commands do what the scripts say."""

    def make(*scripts: Script, max_seconds: float | None = None) -> Bench:
        return Bench(FakeLauncher(*scripts), tmp_path, max_seconds=max_seconds)

    return make
