"""Who is asked about what, and what each answer leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.core.guidance import Guidance
from journeyman.protocol import events
from journeyman.protocol.approvals import (
    DecisionWithAmendment,
    ExecpolicyAmendment,
    SimpleDecision,
)
from journeyman.protocol.permissions import ApprovalPolicy, Granular, GranularAsk
from journeyman.protocol.threads import ThreadStartParams
from journeyman.sandbox.api import ConfinementError
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, calls_freeform, says
from journeyman.testing.stage import StageMaker
from journeyman.workspace.skills import Skill

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


async def test_patch_beyond_the_writable_folders_is_written_once_the_user_accepts(
    stage: StageMaker, tmp_path: Path
) -> None:
    patch = f"*** Begin Patch\n*** Add File: {tmp_path}/new.txt\n+x\n*** End Patch\n"
    answers = [answer(calls_freeform("apply_patch", patch, call_id="p")), DONE]
    async with stage(answers, [Script()], decision="accept") as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert [policy.confined for _, policy in it.launcher.launched] == [False]
        assert ("fileChange", "completed") in it.completed()


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
        assert ("commandExecution", "declined") in it.completed()


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
        assert "nobody may be asked" in it.outputs()["a"]


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


class _OneSkill:
    def read(self, cwd: str) -> Guidance:
        del cwd
        skill = Skill(
            name="s", description="d", path="/s/SKILL.md", text="", scope="user", trusted=True
        )
        return Guidance(skills=(skill,))


@pytest.mark.parametrize("asks", [True, False])
async def test_denied_script_of_a_skill_runs_again_where_the_policy_asks_about_skills(
    stage: StageMaker, *, asks: bool
) -> None:
    kinds = GranularAsk(
        sandbox_approval=not asks, rules=True, mcp_elicitations=True, skill_approval=asks
    )
    runs = answer(calls("exec_command", {"cmd": "/s/run.sh"}, call_id="b"))
    scripts = [Script(output=(b"touch: Read-only file system",), exit_code=1), Script()]
    async with stage([runs, DONE], scripts, decision="accept", guidance=_OneSkill()) as it:
        policy = Granular(granular=kinds)
        await it.app.run_turn((await it.app.start_thread(asking(policy))).id, "go")
        assert [policy.confined for _, policy in it.launcher.launched] == [True, False][: 1 + asks]


async def test_command_does_not_run_when_it_cannot_be_confined(stage: StageMaker) -> None:
    broken = Script(error=ConfinementError("bwrap is missing", fix="Install bubblewrap."))
    async with stage([RUNS, DONE], [broken]) as it:
        await it.app.run_turn((await it.app.start_thread(asking("never"))).id, "go")
        assert "125" in it.outputs()["b"]
        warnings = [
            seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)
        ]
        assert warnings == ["The command was not run: bwrap is missing. Install bubblewrap."]


async def test_rules_of_the_user_hold_in_a_turn(stage: StageMaker, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "mine.rules").write_text(
        'prefix_rule(pattern=["make"], decision="allow")\n'
        'prefix_rule(pattern=["git", "push"], decision="forbidden", justification="ask Ann")\n'
    )
    pushes = answer(calls("exec_command", {"cmd": "true; git push"}, call_id="p"))
    async with stage([RUNS, pushes, DONE], [Script()], rules=rules) as it:
        await it.app.run_turn((await it.app.start_thread(asking("never"))).id, "go")
        assert [policy.confined for _, policy in it.launcher.launched] == [False]
        assert "forbidden by a rule: ask Ann" in it.outputs()["p"]


async def test_remembered_rule_holds_from_then_on(stage: StageMaker, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    remember = DecisionWithAmendment(
        accept_with_execpolicy_amendment=ExecpolicyAmendment(["make", "install"])
    )
    other = answer(calls("exec_command", {"cmd": "make install -k"}, call_id="c"))
    scripts = [Script(), Script()]
    async with stage([ESCALATES, other, DONE], scripts, decision=remember, rules=rules) as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        assert it.questions[0].proposed_execpolicy_amendment == ["make", "install"]
        assert len(it.questions) == 1
        assert [policy.confined for _, policy in it.launcher.launched] == [False, False]
    kept = (rules / "default.rules").read_text()
    assert kept == 'prefix_rule(pattern=["make", "install"], decision="allow")\n'


COMMITS = [
    answer(calls("exec_command", {"cmd": "git commit -qam x"}, call_id=call_id)) for call_id in "gh"
]
READ_ONLY = Script(output=(b"fatal: .git/index.lock: Read-only file system\n",), exit_code=128)


@pytest.mark.parametrize(
    ("decision", "asked", "opened"),
    [
        ("accept", 2, [False, True, False, True]),
        ("acceptForSession", 1, [False, True, True]),
        ("decline", 2, [False, False]),
    ],
)
async def test_git_that_the_sandbox_stopped_may_write_its_metadata_inside_of_it(
    stage: StageMaker, decision: SimpleDecision, asked: int, opened: list[bool]
) -> None:
    scripts = [Script() if is_open else READ_ONLY for is_open in opened]
    async with stage([*COMMITS, DONE], scripts, decision=decision) as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        policies = [policy for _, policy in it.launcher.launched]
        assert [policy.git_of == "/work" for policy in policies] == opened
        assert all(policy.confined for policy in policies)
        assert (len(it.questions), "metadata" in (it.questions[0].reason or "")) == (asked, True)
        ran = [command.argv[0] for command, _ in it.launcher.launched]
        assert ran == ["/bin/sh" if is_open else "/bin/bash" for is_open in opened]


async def test_danger_that_the_sandbox_bounded_is_told_when_it_asks_to_run_without(
    stage: StageMaker,
) -> None:
    discards = answer(calls("exec_command", {"cmd": "git branch -D topic"}, call_id="d"))
    async with stage([discards, DONE], [READ_ONLY], decision="decline") as it:
        await it.app.run_turn((await it.app.start_thread(asking("on-request"))).id, "go")
        (question,) = it.questions
        assert question.reason == (
            "The sandbox seems to have stopped this command. Run it again without the sandbox?"
            " This discards work that git does not keep. The agent asks to run this without the sandbox."
        )
