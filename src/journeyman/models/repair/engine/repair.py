"""The whole repair, step by step: test, trace, search, choose, verify."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.candidates import in_order, pairs
from journeyman.models.repair.engine.job import Job
from journeyman.models.repair.engine.lab import Lab
from journeyman.models.repair.engine.lines import Proposal, proposed, suspect_lines, suspects
from journeyman.models.repair.engine.localise import Evidence, spots, weigh
from journeyman.models.repair.engine.nursery import HAS_PYTEST, Plan
from journeyman.models.repair.engine.outcome import PASSED, TIMEOUT, Outcome
from journeyman.models.repair.engine.rank import Ranked, Ranker
from journeyman.models.repair.engine.result import describe_candidate
from journeyman.models.repair.engine.search import Search
from journeyman.models.repair.engine.source import Source
from journeyman.models.repair.engine.tree import read_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from journeyman.models.repair.engine.layout import Layout
    from journeyman.models.repair.engine.localise import Spot

_TEST_SECONDS = 1.0
_TRACE_SECONDS = 0.6
_TRACED_PASSING = 60
# About the score of a rare edit that nothing speaks against.
_CONVINCING_SCORE = 2.7


@dataclass
class Session:
    """What a run was asked: where, until when (monotonic seconds), and who listens.

    `proposals` are tried instead of own edits; without a repair up to `suspects` lines are told of.
    """

    root: Path
    place: Path
    layout: Layout
    deadline: float
    say: Callable[[str], None]
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    suspects: int = 0


@dataclass
class Baseline:
    """The tests before any edit."""

    outcomes: list[Outcome]
    broken: list[Outcome]

    @property
    def failing(self) -> list[Outcome]:
        """Tests that fail, quick ones first."""
        bad = [outcome for outcome in self.outcomes if not outcome.good]
        return sorted(bad, key=lambda outcome: (outcome.status == TIMEOUT, outcome.seconds))

    @property
    def passing(self) -> list[Outcome]:
        """Tests that pass."""
        return [outcome for outcome in self.outcomes if outcome.status == PASSED]

    def limit(self) -> float:
        """CPU seconds to give a test: a generous multiple of what passing ones take."""
        slowest = max((outcome.seconds for outcome in self.passing), default=0.012)
        return min(3.0, max(0.06, slowest * 5))

    def summary(self) -> dict[str, Any]:
        """For the result line."""
        return {
            "passed": len(self.passing),
            "failed": [
                f"{o.test}: {o.reason or o.status}"[:300] for o in [*self.failing, *self.broken]
            ][:20],
            "failed_count": len(self.failing) + len(self.broken),
        }


def run_tests(session: Session) -> dict[str, Any]:
    """The `test` action."""
    if not session.layout.tests:
        return _no_tests()
    lab = _open_lab(session)
    try:
        baseline = _baseline(lab)
    finally:
        lab.close()
    return {"status": "tested", "tests": baseline.summary()}


def repair(session: Session) -> dict[str, Any]:
    """The `search` action."""
    if not session.layout.tests:
        return _no_tests()
    lab = _open_lab(session)
    try:
        baseline = _baseline(lab)
        result: dict[str, Any] = {"tests": baseline.summary()}
        if not baseline.failing and not baseline.broken:
            return {"status": "green" if baseline.passing else "no tests", **result}
        return {**_repair(session, lab, baseline), **result}
    finally:
        lab.close()


def _no_tests() -> dict[str, Any]:
    return {"status": "no tests", "tests": {"passed": 0, "failed": [], "failed_count": 0}}


def _open_lab(session: Session) -> Lab:
    layout = session.layout
    pytest = HAS_PYTEST and layout.style != "script"
    plan = Plan("pytest" if pytest else "plain", layout.tests, layout.import_folders)
    lab = Lab(session.root, session.place, plan)
    for path in layout.sources:
        try:
            lab.sources[path] = Source(path, read_text(session.root / path))
        except (SyntaxError, ValueError, RecursionError):
            session.say(f"{path} is not valid Python; left out")
    return lab


def _baseline(lab: Lab) -> Baseline:
    job = Job("tests", limit=_TEST_SECONDS, wall=10.0)
    outcomes = [outcome for outcome, _ in lab.run_all(job, lab.tests)]
    broken = [error for error in lab.errors if isinstance(error, Outcome)]
    broken += [Outcome("collection", "failed", str(e)) for e in lab.errors if isinstance(e, str)]
    return Baseline(outcomes, broken)


def _trace(lab: Lab, baseline: Baseline) -> Evidence:
    tests = [outcome.test for outcome in baseline.failing]
    tests += [outcome.test for outcome in baseline.passing[:_TRACED_PASSING]]
    traces = lab.run_all(Job("trace", limit=_TRACE_SECONDS, wall=10.0), tests)
    return weigh(traces, baseline.failing)


def _repair(session: Session, lab: Lab, baseline: Baseline) -> dict[str, Any]:
    evidence = _trace(lab, baseline)
    places = spots(lab.sources, evidence)
    worst = [(spot.function.name, spot.source.path) for spot in places if spot.function][:3]
    names = ", ".join(f"{name} ({path})" for name, path in worst)
    session.say(f"most suspicious: {names or 'the modules themselves'}")
    search = Search(
        lab,
        evidence,
        [outcome.test for outcome in baseline.failing],
        [outcome.test for outcome in baseline.passing],
        baseline.limit(),
        session.deadline,
        session.say,
    )
    chosen = _look(session, lab, search, places)
    result: dict[str, Any] = {"status": "nothing found", "tried": search.tried}
    if not chosen:
        found = suspects(lab.sources, evidence, session.suspects)
        return {**result, "suspects": suspect_lines(found, lab.sources)}
    best, others = chosen[0], chosen[1:4]
    return {
        "status": "found",
        "tried": search.tried,
        "plausible": len(search.plausible),
        "best": describe_candidate(best, lab.sources),
        "alternatives": [describe_candidate(item, lab.sources) for item in others],
        "confidence": _confidence(best, len(search.plausible), baseline),
    }


def _look(session: Session, lab: Lab, search: Search, places: list[Spot]) -> list[Ranked]:
    """Search; look further when the best of what passes does not convince."""
    if session.proposals:
        queue = proposed(session.proposals, lab.sources)
        search.run(queue)
    else:
        queue = in_order(places, search.evidence)
        search.run(queue)
        _second_chances(search, lab, session)
    tests = "\n".join(read_text(session.root / path) for path in session.layout.tests)
    ranker = Ranker(lab, search.evidence, tests)
    chosen = _choose(ranker, lab, search)
    if chosen and _doubtful(chosen[0]):
        session.say("what passes so far does not convince; looking further")
        search.wide = True
        search.run(queue)
        chosen = _choose(ranker, lab, search)
    return chosen


def _doubtful(best: Ranked) -> bool:
    """Whether a better repair may well be among dearer edits."""
    return best.score > _CONVINCING_SCORE or bool(best.reasons)


def _second_chances(search: Search, lab: Lab, session: Session) -> None:
    """Nothing passes: more time for slow programs, then two edits at once."""
    if search.plausible or time.monotonic() > session.deadline:
        return
    if search.late:
        search.limit *= 6
        late, search.late = search.late, []
        session.say(f"giving {len(late)} slow edits more time")
        search.run(iter(late))
        search.limit /= 6
    if search.plausible:
        return
    best = sorted(search.near, key=lambda item: (-item[0], item[1].cost))[:60]
    texts = {path: source.text for path, source in lab.sources.items()}
    session.say("trying two edits at once")
    couples = pairs([item for _, item in best], texts)
    search.run(iter(sorted(couples, key=lambda item: item.cost)))


def _choose(ranker: Ranker, lab: Lab, search: Search) -> list[Ranked]:
    """Plausible candidates best first; the best one passed all tests on a fresh import."""
    if not search.plausible:
        return []
    ranked = ranker.rank(search.plausible)
    while ranked:
        verdict = lab.judge(ranked[0].candidate, None, 0, search.limit * 2)
        if verdict.good:
            return ranked
        ranked.pop(0)
    return []


def _confidence(best: Ranked, plausible: int, baseline: Baseline) -> str:
    few = len(baseline.passing) + len(baseline.failing) < 3
    if best.support > 0.85 and not few:
        return "high"
    if best.support > 0.5 and (plausible == 1 or not few):
        return "medium"
    return "low"
