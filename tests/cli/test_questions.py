"""How often ordinary commands lead to a question, before they run or after the sandbox stopped them.

Those of the corpus that need no network, in a real turn of workspace-write with on-request. Programs that are
not here fail without one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.attacks.arena import Arena, How, Question, open_arena
from tests.attacks.ordinary import commands, make_project

from journeyman.protocol.approvals import CommandApprovalParams
from journeyman.testing.responses_script import Item, run

# As many as a thread may run at once, so that servers among them cost one short wait.
_AT_ONCE = 12
_WAIT_MS = 250


@pytest.mark.real
@pytest.mark.timeout(240)
async def test_ordinary_commands_lead_to_hardly_any_question(tmp_path: Path) -> None:
    corpus = commands()
    confined = [*corpus["nothing but the workspace"], *corpus["reads git"]]
    writes_git = corpus["writes git metadata"]
    async with open_arena(tmp_path) as arena:
        make_project(arena.work)
        arena.git("add", "-A")
        arena.git("commit", "-q", "-m", "a project")
        asked = await declined(arena, confined)
        # The user lets the thread write the repository's metadata when it is asked first.
        accepts = How(approval="on-request", decision="acceptForSession")
        turn = await arena.turn(*map(run, writes_git), how=accepts)
        asked += map(command_of, turn.questions)
    assert asked[0] == "rm -rf node_modules package-lock.json && npm install"
    assert len(asked) <= 0.03 * len([*confined, *writes_git]), asked
    assert len([*confined, *writes_git]) >= 300


async def declined(arena: Arena, scripts: list[str]) -> list[str]:
    """The scripts about which somebody was asked, who said no."""
    asked: list[str] = []
    for start in range(0, len(scripts), _AT_ONCE):
        acts: list[Item] = [
            run(script, yield_time_ms=_WAIT_MS) for script in scripts[start : start + _AT_ONCE]
        ]
        turn = await arena.turn(acts, how=How(approval="on-request"))
        assert turn.harm == []
        asked += map(command_of, turn.questions)
    return asked


def command_of(question: Question) -> str:
    assert isinstance(question, CommandApprovalParams)
    return question.command_actions[0].command
