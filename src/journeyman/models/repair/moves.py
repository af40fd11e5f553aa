"""What to do next, from the history alone: test, search, patch, test again, report.

A pure function: the same history gives the same move. Texts of reports are `report`'s part.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

import msgspec

from journeyman.models.repair import report
from journeyman.models.repair.answer import Answer, Proposal, Suspect
from journeyman.models.repair.story import Done, Story, paths_in

LOOK, PLAN, SEARCH, TRY, WAIT, PATCH, CHECK, REVERT = (
    "look", "plan", "search", "try", "wait", "patch", "check", "revert",
)  # fmt: skip
_SEARCH_SECONDS = 150
_TRY_SECONDS = 60
# More lines than these are hardly suspicious, and a tiny model is seldom right about one.
_SUSPECTS = 8
_YIELD_MS = 30_000
_MOST_WAITS = 40


class Call(msgspec.Struct, frozen=True):
    """A tool call: its stage, the tool and its arguments (`input` alone is free text)."""

    stage: str
    tool: str
    arguments: dict[str, Any]


class Move(msgspec.Struct, frozen=True):
    """What the provider says and does in one step; without calls the turn ends.

    `ask` are lines to ask a model about first: `move_with` has the move that its proposals lead to.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    ask: tuple[Suspect, ...] = ()


class Setting(msgspec.Struct, frozen=True):
    """The command that starts the engine, the tools there are, and a mark for the next answer.

    `has_model` says that there is a model to ask about lines.
    """

    engine: tuple[str, ...]
    tools: frozenset[str]
    mark: str
    has_model: bool = False


def next_move(story: Story, setting: Setting) -> Move:
    """The next move of a repair."""
    if not {"exec_command", "apply_patch"} <= setting.tools:
        return Move(report.NO_TOOLS)
    last = story.last
    if last is None:
        call = _engine(LOOK, story, setting)
        return Move(report.START, (call,))
    if last.session is not None and last.stage in {LOOK, SEARCH, TRY, CHECK, WAIT}:
        return _wait(story, last.session, setting)
    stage = _stage(story)
    if stage in {LOOK, SEARCH, TRY, CHECK} and story.answer(stage, WAIT) is None:
        return Move(report.engine_failed(stage, last.exit_code, last.printed))
    return _AFTER[stage](story, setting, last)


def move_with(proposals: Sequence[Proposal], story: Story, setting: Setting) -> Move:
    """The move after a model was asked: its proposals are tried, where it has any."""
    if not proposals:
        return Move(report.nothing_found(_answer(story, SEARCH)))
    call = _engine(TRY, story, setting, proposals)
    return Move(report.proposed(len(proposals)), (call,))


def _stage(story: Story) -> str:
    """The stage the last move belongs to, waiting and planning aside."""
    return [move.stage for move in story.moves if move.stage not in {WAIT, PLAN}][-1]


def _engine(stage: str, story: Story, setting: Setting, proposals: Sequence[Proposal] = ()) -> Call:
    action = "search" if stage in {SEARCH, TRY} else "test"
    words = [*setting.engine, action, "--root", ".", "--mark", setting.mark]
    if stage == SEARCH:
        words += ["--budget", str(_SEARCH_SECONDS)]
        words += ["--suspects", str(_SUSPECTS)] if setting.has_model else []
    if stage == TRY:
        lines = [[one.path, one.line, one.text] for one in proposals]
        words += ["--budget", str(_TRY_SECONDS), "--propose", json.dumps(lines)]
    only = paths_in(story.request) if stage != CHECK else []
    words += ["--only", *only] if only else []
    return Call(stage, "exec_command", {"cmd": shlex.join(words), "yield_time_ms": _YIELD_MS})


def _wait(story: Story, session: int, setting: Setting) -> Move:
    if story.count(WAIT) >= _MOST_WAITS or "write_stdin" not in setting.tools:
        return Move(report.TOO_SLOW)
    arguments = {"session_id": session, "chars": "", "yield_time_ms": _YIELD_MS}
    return Move("", (Call(WAIT, "write_stdin", arguments),))


def _after_look(story: Story, setting: Setting, _last: Done) -> Move:
    answer = _answer(story, LOOK)
    if answer.status == "no tests" or not (answer.tests.passed or answer.tests.failed):
        return Move(report.NO_TESTS)
    if not answer.tests.failed:
        return Move(report.green(answer.tests))
    calls = (_engine(SEARCH, story, setting),)
    if "update_plan" in setting.tools:
        calls = (_plan(1), *calls)
    return Move(report.failing(answer.tests), calls)


def _answer(story: Story, stage: str) -> Answer:
    return story.answer(stage, WAIT) or Answer("nothing found")


def _found(story: Story) -> Answer:
    """The answer of the search, or of what was tried after it."""
    return story.answer(TRY, WAIT) or _answer(story, SEARCH)


def _after_search(story: Story, setting: Setting, _last: Done) -> Move:
    answer = _found(story)
    if answer.repair is None:
        if setting.has_model and answer.suspects and not story.count(TRY):
            return Move(ask=answer.suspects)
        return Move(report.nothing_found(_answer(story, SEARCH), after_model=story.count(TRY) > 0))
    call = Call(PATCH, "apply_patch", {"input": answer.repair.patch})
    return Move(report.chosen(answer.repair), (call,))


def _after_patch(story: Story, setting: Setting, last: Done) -> Move:
    if not _patched(last):
        return Move(report.not_applied(last.output))
    calls = (_engine(CHECK, story, setting),)
    if "update_plan" in setting.tools:
        calls = (_plan(2), *calls)
    return Move("", calls)


def _after_check(story: Story, _setting: Setting, _last: Done) -> Move:
    found, after = _found(story), _answer(story, CHECK).tests
    if found.repair is None or (not after.failed and after.passed):
        return Move(report.repaired(found, after))
    call = Call(REVERT, "apply_patch", {"input": found.repair.reverse})
    return Move(report.taking_back(after), (call,))


def _after_revert(_story: Story, _setting: Setting, last: Done) -> Move:
    return Move(report.REVERTED if _patched(last) else report.not_reverted(last.output))


def _patched(done: Done) -> bool:
    return done.exit_code == 0 or done.output.startswith("Success")


_AFTER = {
    LOOK: _after_look,
    SEARCH: _after_search,
    TRY: _after_search,
    PATCH: _after_patch,
    CHECK: _after_check,
    REVERT: _after_revert,
}


def _plan(step: int) -> Call:
    """The plan with its first `step` steps done."""
    steps = ["Run the tests", "Search for an edit that makes them pass", "Apply it and test again"]
    states = ["completed"] * step + ["in_progress"] + ["pending"] * len(steps)
    plan = [{"step": text, "status": state} for text, state in zip(steps, states, strict=False)]
    return Call(PLAN, "update_plan", {"plan": plan})
