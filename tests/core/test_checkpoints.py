"""A checkpoint precedes every call that may change files, and no other."""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.models.api import StreamEvent
from journeyman.protocol import events
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, calls_freeform, says
from journeyman.testing.stage import StageMaker
from journeyman.workspace.api import Moment


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

    async def close(self) -> None:
        self.closed += 1


async def test_checkpoint_is_taken_before_calls_that_may_change_files_only(
    stage: StageMaker,
) -> None:
    patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch"
    answers: list[list[StreamEvent]] = [
        answer(
            calls("exec_command", {"cmd": "rm -rf x"}, call_id="rm"),
            calls("exec_command", {"cmd": "ls"}, call_id="ls"),
            calls("update_plan", {"plan": [{"step": "s", "status": "pending"}]}, call_id="plan"),
        ),
        answer(calls_freeform("apply_patch", patch, call_id="patch")),
        answer(says("done")),
    ]
    checkpoints = FakeCheckpoints()
    async with stage(answers, [Script()] * 3, checkpoints=checkpoints) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")
        warnings = [s for s in it.app.seen if isinstance(s, events.WarningNotification)]

    assert checkpoints.taken == [
        ("/work", "rm", "rm -rf x"),
        ("/work", "patch", "change /work/new.txt"),
    ]
    assert checkpoints.prepared == ["/work"] * 3
    assert [warning.message for warning in warnings] == ["left out"] * 2
    assert checkpoints.closed == 1


async def test_input_for_a_running_command_takes_a_checkpoint_and_polling_none(
    stage: StageMaker,
) -> None:
    shell = {"cmd": "bash", "yield_time_ms": 250}
    answers = [
        answer(calls("exec_command", shell, call_id="bash")),
        answer(calls("write_stdin", {"session_id": 1, "chars": "rm x\n"}, call_id="write")),
        answer(calls("write_stdin", {"session_id": 1, "yield_time_ms": 250}, call_id="poll")),
        answer(says("done")),
    ]
    checkpoints = FakeCheckpoints()
    async with stage(answers, [Script(runs_on=True, echo=True)], checkpoints=checkpoints) as it:
        await it.app.run_turn((await it.app.start_thread()).id, "go")

    assert [reason for _, _, reason in checkpoints.taken] == ["bash", "input for a running command"]
