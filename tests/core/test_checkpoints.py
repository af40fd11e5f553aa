"""A checkpoint precedes every call that may change files, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.models.api import StreamEvent
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol import events
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.scripted_model import answer, calls, calls_freeform, says
from journeyman.testing.stage import builtin_tools
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.workspace.api import Moment, UndoError, Undone


class FakeCheckpoints:
    """Remembers what it was asked, and warns each time."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.taken: list[tuple[str, str, str]] = []
        self.closed = 0

    def prepare(self, cwd: str) -> None:
        self.prepared.append(cwd)

    async def take(self, moment: Moment) -> Sequence[str]:
        self.taken.append((moment.cwd, moment.call_id, moment.reason))
        return ["left out"]

    async def undo(self, cwd: str, thread_id: str, *, dry_run: bool) -> Undone:
        raise UndoError(f"{cwd} {thread_id} {dry_run}")

    async def close(self) -> None:
        self.closed += 1


async def run_turn(
    home: Path, answers: list[list[StreamEvent]], *scripts: Script
) -> tuple[FakeCheckpoints, list[str]]:
    """Run one turn; returns what was asked of its checkpoints, and the warnings."""
    model, checkpoints = ScriptedClient(answers), FakeCheckpoints()
    kit = ThreadKit(
        connect=lambda _: model,
        launcher=FakeLauncher(*scripts),
        clock=SystemClock(),
        tools=builtin_tools,
        checkpoints=checkpoints,
    )
    factory = PlainThreadFactory(home, kit)
    async with AppServerHarness(ThreadManager(factory, factory.store)) as app:
        await app.run_turn((await app.start_thread()).id, "go")
        seen = [s.message for s in app.seen if isinstance(s, events.WarningNotification)]
    return checkpoints, seen


async def test_checkpoint_is_taken_before_calls_that_may_change_files_only(
    tmp_path: Path,
) -> None:
    patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch"
    answers: list[list[StreamEvent]] = [
        answer(
            calls("exec_command", {"cmd": "touch x"}, call_id="touch"),
            calls("exec_command", {"cmd": "ls"}, call_id="ls"),
            calls("update_plan", {"plan": [{"step": "s", "status": "pending"}]}, call_id="plan"),
        ),
        answer(calls_freeform("apply_patch", patch, call_id="patch")),
        answer(says("done")),
    ]
    scripts = [Script()] * 3
    checkpoints, warnings = await run_turn(tmp_path, answers, *scripts)

    assert checkpoints.taken == [
        ("/work", "touch", "touch x"),
        ("/work", "patch", "change /work/new.txt"),
    ]
    assert checkpoints.prepared == ["/work"] * 3
    assert warnings == ["left out"] * 2
    assert checkpoints.closed == 1


async def test_input_for_a_running_command_takes_a_checkpoint_and_polling_none(
    tmp_path: Path,
) -> None:
    shell = {"cmd": "bash", "yield_time_ms": 250}
    answers = [
        answer(calls("exec_command", shell, call_id="bash")),
        answer(calls("write_stdin", {"session_id": 1, "chars": "rm x\n"}, call_id="write")),
        answer(calls("write_stdin", {"session_id": 1, "yield_time_ms": 250}, call_id="poll")),
        answer(says("done")),
    ]
    checkpoints, _ = await run_turn(tmp_path, answers, Script(runs_on=True, echo=True))

    assert [reason for _, _, reason in checkpoints.taken] == ["bash", "input for a running command"]
