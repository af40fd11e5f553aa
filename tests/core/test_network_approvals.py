"""What a turn makes of hosts that the sandbox refuses a running command."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest

from journeyman.protocol import events
from journeyman.protocol.approvals import (
    CommandDecision,
    DecisionWithAmendment,
    NetworkAmendment,
    NetworkApprovalContext,
    NetworkPolicyAmendment,
)
from journeyman.protocol.permissions import ApprovalPolicy
from journeyman.protocol.threads import Active, ThreadStartParams
from journeyman.sandbox.api import NetworkRefused
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Stage, StageMaker

REFUSED = NetworkRefused(
    host="pypi.org",
    port=443,
    method="CONNECT",
    rule="network.allow names no such host",
    suggestion='add "pypi.org" to network.allow',
    approvable=True,
)
TOLD = "The sandbox refused CONNECT pypi.org:443 (network.allow names no such host)."
RUNS = [
    answer(calls("exec_command", {"cmd": "pip install x"}, call_id=call_id)) for call_id in "ab"
]
DONE = answer(says("done"))


def warnings(it: Stage) -> list[str]:
    return [seen.message for seen in it.app.seen if isinstance(seen, events.WarningNotification)]


async def run(it: Stage, policy: ApprovalPolicy = "on-request") -> None:
    thread = await it.app.start_thread(ThreadStartParams(approval_policy=policy))
    await it.app.run_turn(thread.id, "go")


@pytest.mark.parametrize(("decision", "asked"), [("accept", 2), ("acceptForSession", 1)])
async def test_refused_host_is_reached_when_the_user_accepts(
    stage: StageMaker, decision: CommandDecision, asked: int
) -> None:
    scripts = [Script(refused=(REFUSED, REFUSED)), Script(refused=(REFUSED,))]
    async with stage([*RUNS, DONE], scripts, decision=decision) as it:
        await run(it)
        assert it.launcher.network_answers == [True, True, True]
        assert (len(it.questions), warnings(it)) == (asked, [])
        question = it.questions[0]
        assert "pip install x" in question.command
        assert question.reason == f"{TOLD} Let this command reach it?"
        assert question.network_approval_context == NetworkApprovalContext(
            host="pypi.org", protocol="https"
        )


async def test_declined_host_is_told_to_user_and_model_and_asked_once(stage: StageMaker) -> None:
    scripts = [Script(refused=(REFUSED, REFUSED)), Script()]
    async with stage([*RUNS, DONE], scripts, decision="decline") as it:
        await run(it)
        assert (it.launcher.network_answers, len(it.questions)) == ([False, False], 1)
        assert warnings(it) == [f'{TOLD} To allow it, add "pypi.org" to network.allow.']
        assert it.outputs()["a"].endswith(f"\n{TOLD}")
        assert TOLD not in it.outputs()["b"]


@pytest.mark.parametrize(("policy", "approvable"), [("never", True), ("on-request", False)])
async def test_nobody_is_asked_when_the_answer_is_known(
    stage: StageMaker, policy: ApprovalPolicy, *, approvable: bool
) -> None:
    refused = msgspec.structs.replace(REFUSED, approvable=approvable)
    async with stage([RUNS[0], DONE], [Script(refused=(refused,))], decision="accept") as it:
        await run(it, policy)
        assert (it.launcher.network_answers, it.questions) == ([False], [])
        assert len(warnings(it)) == 1


@pytest.mark.parametrize(("action", "reached"), [("allow", True), ("deny", False)])
async def test_answer_that_is_kept_as_a_rule_holds_in_later_threads(
    stage: StageMaker, tmp_path: Path, action: Literal["allow", "deny"], *, reached: bool
) -> None:
    amendment = NetworkPolicyAmendment(host="pypi.org", action=action)
    decision = DecisionWithAmendment(apply_network_policy_amendment=NetworkAmendment(amendment))
    rules = tmp_path / "rules"
    for asked in (1, 0):
        scripts = [Script(refused=(REFUSED,))]
        async with stage([RUNS[0], DONE], scripts, decision=decision, rules=rules) as it:
            await run(it)
            assert (it.launcher.network_answers, len(it.questions)) == ([reached], asked)
            assert all(
                decision in (question.available_decisions or ()) for question in it.questions
            )
    assert (rules / "default.rules").read_text() == (
        f'network_rule(host="pypi.org", protocol="https", decision="{action}")\n'
    )


async def test_answer_about_another_host_or_a_command_allows_nothing(
    stage: StageMaker, tmp_path: Path
) -> None:
    amendment = NetworkPolicyAmendment(host="evil.example", action="allow")
    wrong = DecisionWithAmendment(apply_network_policy_amendment=NetworkAmendment(amendment))
    rules = tmp_path / "rules"
    async with stage(
        [RUNS[0], DONE], [Script(refused=(REFUSED,))], decision=wrong, rules=rules
    ) as it:
        await run(it)
        assert (it.launcher.network_answers, rules.exists()) == ([False], False)


async def test_question_about_a_host_shows_that_the_thread_waits(stage: StageMaker) -> None:
    async with stage([RUNS[0], DONE], [Script(refused=(REFUSED,))], decision="decline") as it:
        await run(it)
        flags = [
            seen.status.active_flags
            for seen in it.app.seen
            if isinstance(seen, events.ThreadStatusChangedNotification)
            and isinstance(seen.status, Active)
        ]
        assert flags == [[], ["waitingOnApproval"], []]
