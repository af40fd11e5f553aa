"""A whole agent in one process: scripted model, fake commands, real core, server, client and rollouts.

For tests of what a turn does; every invariant is asserted at the end of every turn.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypedDict, Unpack

import msgspec

from journeyman.clock import SystemClock
from journeyman.core.guidance import GuidanceSource
from journeyman.core.hooks import ThreadHooks
from journeyman.core.manager import ThreadManager
from journeyman.core.settings import ThreadSettings
from journeyman.core.spending import SpendingParts
from journeyman.models.api import ModelError, StreamEvent
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol import events
from journeyman.protocol.approvals import (
    CommandApprovalParams,
    CommandApprovalResponse,
    CommandDecision,
)
from journeyman.protocol.history import FunctionCallOutput, text_of
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.tools.api import Tool
from journeyman.tools.builtin.apply_patch import ApplyPatchTool
from journeyman.tools.builtin.exec_command import ExecCommandTool
from journeyman.tools.builtin.exec_sessions import ExecSessions
from journeyman.tools.builtin.update_plan import UpdatePlanTool
from journeyman.tools.builtin.write_stdin import WriteStdinTool

_SHELL = "/bin/bash"
Answers = Sequence[Sequence[StreamEvent | ModelError]]


@dataclass
class Stage:
    """What a test drives and looks at."""

    app: AppServerHarness
    model: ScriptedClient
    launcher: FakeLauncher
    manager: ThreadManager
    questions: list[CommandApprovalParams] = field(default_factory=list[CommandApprovalParams])

    def outputs(self) -> dict[str, str]:
        """Each tool call's output as the model's last prompt holds it."""
        history = self.model.prompts[-1].history
        return {
            item.call_id: text_of(item.output)
            for item in history
            if isinstance(item, FunctionCallOutput)
        }

    def completed(self) -> list[tuple[str, str | None]]:
        """Type and status of each settled item, in order."""
        return [
            (str(seen.item.__struct_config__.tag), getattr(seen.item, "status", None))
            for seen in self.app.seen
            if isinstance(seen, events.ItemCompletedNotification)
        ]


def builtin_tools() -> list[Tool]:
    """The tools of the product, on the machine's clock."""
    clock = SystemClock()
    sessions, patches = ExecSessions(clock), ApplyPatchTool(clock, freeform=True)
    run = ExecCommandTool(sessions, patches, shell=_SHELL, allow_login=False)
    return [run, WriteStdinTool(sessions), patches, UpdatePlanTool()]


class MoreParts(TypedDict, total=False):
    """Parts of `ThreadKit` that few tests need."""

    rules: Path | None
    guidance: GuidanceSource
    hooks: ThreadHooks
    spending: SpendingParts
    asks_user: bool
    wants_title: bool
    adapt: Callable[[ThreadSettings], ThreadSettings]


class StageMaker(Protocol):
    """`open_stage` with its home already given."""

    def __call__(
        self,
        answers: Answers,
        scripts: Sequence[Script] = (),
        *,
        decision: CommandDecision = "decline",
        tools: Callable[[], Sequence[Tool]] = builtin_tools,
        **more: Unpack[MoreParts],
    ) -> AbstractAsyncContextManager[Stage]:
        """See `open_stage`."""
        ...


@asynccontextmanager
async def open_stage(
    home: Path,
    answers: Answers,
    scripts: Sequence[Script] = (),
    *,
    decision: CommandDecision = "decline",
    tools: Callable[[], Sequence[Tool]] = builtin_tools,
    **more: Unpack[MoreParts],
) -> AsyncGenerator[Stage]:
    """A stage whose model gives `answers` and whose commands follow `scripts`, in order.

    Every approval question gets `decision`. Rollouts are kept below `home`; `more` are further parts of threads.
    """
    model, launcher = ScriptedClient(answers), FakeLauncher(*scripts)
    kit = ThreadKit(
        connect=lambda _: model,
        launcher=launcher,
        clock=SystemClock(),
        tools=tools,
        **more,
    )
    factory = PlainThreadFactory(home, kit)
    questions: list[CommandApprovalParams] = []

    async def answer(_name: str, params: msgspec.Struct) -> msgspec.Struct:
        if isinstance(params, CommandApprovalParams):
            questions.append(params)
        return CommandApprovalResponse(decision=decision)

    manager = ThreadManager(factory, factory.store)
    async with AppServerHarness(manager, answer) as app:
        yield Stage(app, model, launcher, manager, questions)
