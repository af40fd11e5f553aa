"""Who is asked about what, and what each answer leads to."""

from __future__ import annotations

from typing import Any

import pytest

from journeyman.core.approvals import NEVER
from journeyman.core.exec_policy import is_known_harmless
from journeyman.protocol import events
from journeyman.protocol.permissions import ApprovalPolicy
from journeyman.protocol.threads import ThreadStartParams
from journeyman.sandbox.api import ConfinementError
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import StageMaker

ESCALATED = {
    "cmd": "make install",
    "sandbox_permissions": "require_escalated",
    "justification": "It must write to /usr.",
}
ESCALATES = answer(calls("exec_command", ESCALATED, call_id="a"))
RUNS = answer(calls("exec_command", {"cmd": "make"}, call_id="b"))
DONE = answer(says("done"))


def asking(policy: ApprovalPolicy) -> ThreadStartParams:
    return ThreadStartParams(approval_policy=policy)


async def test_accepted_escalation_runs_without_the_sandbox(stage: StageMaker) -> None:
    async with stage([ESCALATES, RUNS, DONE], [Script(), Script()], decision="accept") as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert [policy.confined for _, policy in it.launcher.launched] == [False, True]
        (question,) = it.questions
        assert question.reason == "It must write to /usr."
        assert "make install" in question.command


async def test_declined_escalation_does_not_run_and_the_turn_goes_on(stage: StageMaker) -> None:
    async with stage([ESCALATES, DONE], decision="decline") as it:
        turn = await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert (turn.status, it.launcher.launched) == ("completed", [])
        assert ("commandExecution", "declined") in it.completed()
        assert "rejected by the user" in it.outputs()["a"]


async def test_cancel_ends_the_turn_without_another_request(stage: StageMaker) -> None:
    async with stage([ESCALATES, DONE], decision="cancel") as it:
        turn = await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert (turn.status, it.launcher.launched, len(it.model.prompts)) == ("interrupted", [], 1)


async def test_answer_for_the_thread_is_asked_once(stage: StageMaker) -> None:
    again = answer(calls("exec_command", ESCALATED, call_id="c"))
    scripts = [Script(), Script()]
    async with stage([ESCALATES, again, DONE], scripts, decision="acceptForSession") as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert (len(it.questions), len(it.launcher.launched)) == (1, 2)


async def test_never_refuses_an_escalation_without_asking(stage: StageMaker) -> None:
    async with stage([ESCALATES, DONE], decision="accept") as it:
        await it.app.run_turn((await it.app.start_thread(asking("never"))).id, "go")
        assert (it.questions, it.launcher.launched) == ([], [])
        assert NEVER in it.outputs()["a"]


@pytest.mark.parametrize(("command", "asked"), [("ls -l src", 0), ("make", 1)])
async def test_untrusted_asks_about_whatever_is_not_known_harmless(
    stage: StageMaker, command: str, asked: int
) -> None:
    runs = answer(calls("exec_command", {"cmd": command}, call_id="a"))
    async with stage([runs, DONE], [Script()], decision="accept") as it:
        await it.app.run_turn((await it.app.start_thread(asking("untrusted"))).id, "go")
        assert len(it.questions) == asked
        assert [policy.confined for _, policy in it.launcher.launched] == [True]


async def test_denied_command_may_run_again_without_the_sandbox(stage: StageMaker) -> None:
    scripts = [Script(output=(b"touch: Read-only file system",), exit_code=1), Script()]
    async with stage([RUNS, DONE], scripts, decision="accept") as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert [policy.confined for _, policy in it.launcher.launched] == [True, False]
        assert it.completed()[1] == ("commandExecution", "completed")


async def test_command_does_not_run_when_it_cannot_be_confined(stage: StageMaker) -> None:
    broken = Script(error=ConfinementError("bwrap is missing", fix="Install bubblewrap."))
    async with stage([RUNS, DONE], [broken]) as it:
        await it.app.run_turn((await it.app.start_thread(asking("never"))).id, "go")
        assert "125" in it.outputs()["b"]
        warnings = [
            seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)
        ]
        assert warnings == ["The command was not run: bwrap is missing. Install bubblewrap."]


@pytest.mark.parametrize(
    "command",
    [
        "rm x", "ls; rm x", "ls && rm x", "cat $(rm x)", "cat `rm x`", "ls > x", "rg --pre=sh x", "git push",
        "git diff --output=x", "git diff --ext-diff", "find . -delete", "echo 'unclosed", "./ls", "", "ls\nrm x",
    ],
)  # fmt: skip
def test_command_is_not_known_harmless_when_it_might_do_more(command: str) -> None:
    assert not is_known_harmless(("/bin/bash", "-c", command))


@pytest.mark.parametrize("command", ["ls -la", "cat a b", "git status", "rg -n 'x y' src"])
def test_command_is_known_harmless_when_it_only_reads(command: str) -> None:
    assert is_known_harmless(("/bin/bash", "-c", command))


def test_only_the_shells_command_form_is_judged() -> None:
    wrong: list[Any] = [("ls",), ("/bin/bash", "-i", "ls"), ("/bin/bash", "-c", "ls", "rm")]
    assert [is_known_harmless(argv) for argv in wrong] == [False, False, False]
