"""Chooses among programs that pass all tests the one that most probably is right in general.

A cheap edit is likelier than a dear one; programs that answer alike on inputs no test uses support
each other; crashes, endless loops and broken regularities of the seen answers speak against one.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.lab import Candidate
from journeyman.models.repair.engine.smells import count_smells
from journeyman.models.repair.engine.source import Edit, apply_edits
from journeyman.models.repair.engine.trace import Traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from journeyman.models.repair.engine.lab import Lab
    from journeyman.models.repair.engine.localise import Evidence
    from journeyman.models.repair.engine.trace import Place

_FUNCTIONS_PROBED = 2
_PROBED = 70
_LIMIT_SECONDS = 0.25
_LOST_LINES = 0.6
_BROKEN_EXAMPLE = 1.5
# Orders of magnitude belong to programs as much as to tests.
_ROUND = re.compile(r"10+|16|32|64|128|255|256|1024")


@dataclass
class Answer:
    """What one program answered to one input."""

    kind: str
    text: str
    facts: dict[str, str]


@dataclass
class Ranked:
    """A candidate with its score (lower is better) and the reasons that moved it."""

    candidate: Candidate
    score: float
    support: float = 0.0
    reasons: list[str] = field(default_factory=list[str])
    answers: list[Answer] = field(default_factory=list[Answer])
    seen: int = 0
    loses_lines: bool = False
    broken_examples: int = 0


class Ranker:
    """Ranks candidates, and remembers what those it asked before have answered."""

    def __init__(self, lab: Lab, evidence: Evidence, test_text: str) -> None:
        self._lab = lab
        self._evidence = evidence
        self._test_text = test_text
        self._known: dict[tuple[Edit, ...], Ranked] = {}

    def rank(self, candidates: list[Candidate]) -> list[Ranked]:
        """The candidates, best first; `support` is the share of belief its behaviour holds."""
        original = Candidate((), 0.0)
        ordered = [original, *sorted(candidates, key=lambda item: item.cost)[:_PROBED]]
        new = [Ranked(item, 0.0) for item in ordered if item.edits not in self._known]
        if new:
            for target in _targets(candidates, self._evidence):
                _probe(new, target, self._evidence, self._lab)
            for item, lost in zip(new, self._lab.both(new, self._loses_lines), strict=False):
                item.loses_lines = lost
            for item, broken in zip(new, self._lab.both(new, self._broken_examples), strict=False):
                item.broken_examples = broken
        self._known.update({item.candidate.edits: item for item in new})
        ranked = [self._known[item.edits] for item in ordered[1:]]
        for item in ranked:
            item.reasons.clear()
            item.score = item.candidate.cost + self._looks(item.candidate)
            item.score += _LOST_LINES if item.loses_lines else 0.0
        _judge_examples(ranked)
        _judge_answers([item for item in ranked if item.answers])
        original_answers = self._known[original.edits]
        _judge_changes(ranked, original_answers, crashing=self._evidence.crashing)
        _judge_share(ranked, original_answers, self._evidence.failed, self._evidence.total)
        _weigh_agreement(ranked)
        return sorted(ranked, key=lambda item: item.score)

    def _loses_lines(self, item: Ranked, worker: int) -> bool:
        """Whether a line that tests ran before is run by none of them now."""
        job = self._lab.job_for(item.candidate)
        if not job.swaps:
            return False
        job.kind, job.tests, job.wall = "trace", self._tests()[:16], 6.0
        ran: set[tuple[str, int]] = set()
        for message in self._lab.run(job, worker).messages:
            found = message[1] if len(message) == 2 else None
            for path, lines in found.lines.items() if isinstance(found, Traced) else ():
                ran |= {(path, line) for line in lines}
        return any(
            not {(edit.path, line) for line in _lines_left(edit, self._lab, self._evidence)} <= ran
            for edit in item.candidate.edits[:1]
        )

    def _broken_examples(self, item: Ranked, worker: int) -> int:
        """How many examples of docstrings in the edited files fail."""
        job = self._lab.job_for(item.candidate)
        if not job.swaps or not any(">>>" in text for text in job.texts.values()):
            return 0
        job.kind, job.limit, job.wall = "examples", _LIMIT_SECONDS, 6.0
        messages = self._lab.run(job, worker).messages
        return sum(message[1] for message in messages if message[0] == "examples")

    def _tests(self) -> list[str]:
        """The tests that ran some line."""
        found: set[str] = set()
        for tests in self._evidence.covers.values():
            found |= tests
        return sorted(found)

    def _looks(self, candidate: Candidate) -> float:
        special = _special(candidate, self._lab, self._test_text)
        return special + _smell(candidate, self._lab)


def _lines_left(edit: Edit, lab: Lab, evidence: Evidence) -> Iterator[int]:
    """Lines of the edited file that ran, but the edited ones, by their numbers after the edit."""
    source = lab.sources[edit.path]
    first, last = source.line_of(edit.start), source.line_of(edit.end)
    moved = edit.new.count("\n") - source.text[edit.start : edit.end].count("\n")
    for path, line in evidence.covers:
        if path == edit.path and line < first:
            yield line
        elif path == edit.path and line > last:
            yield line + moved


def _special(candidate: Candidate, lab: Lab, test_text: str) -> float:
    """What an edit costs more for fitting the tests: literals that only the tests know."""
    cost = 0.0
    for edit in candidate.edits:
        text = lab.sources[edit.path].text
        for literal in re.findall(r"(?<![\w.])\d+(?:\.\d+)?|'[^']*'", edit.new):
            known = re.search(rf"(?<![\w.]){re.escape(literal)}(?![\w.])", text)
            if not known and literal not in {"0", "1", "2", "''"}:
                cost += 1.2 if literal in test_text and not _ROUND.fullmatch(literal) else 0.5
    return cost


def _smell(candidate: Candidate, lab: Lab) -> float:
    """What an edit costs more for bringing in a sign of a slip, and less for taking one away."""
    change = 0
    for path in {edit.path for edit in candidate.edits}:
        source = lab.sources[path]
        after = apply_edits(source.text, candidate.edits)
        change += count_smells(ast.parse(after)) - count_smells(source.tree)
    return 0.7 * min(2, change) if change > 0 else 1.0 * max(-2, change)


def _targets(candidates: list[Candidate], evidence: Evidence) -> list[Place]:
    """Functions that tests call, those of edited files first, the most called first."""
    edited = {edit.path for item in candidates for edit in item.edits}

    def key(place: Place) -> tuple[bool, bool, int]:
        return place[0] not in edited, place[1].startswith("__"), -len(evidence.calls[place])

    return sorted(evidence.calls, key=key)[:_FUNCTIONS_PROBED]


def _probe(ranked: list[Ranked], target: Place, evidence: Evidence, lab: Lab) -> None:
    inputs = evidence.calls[target][:25]

    def ask(item: Ranked, worker: int) -> None:
        job = lab.job_for(item.candidate)
        if not job.swaps and item.candidate.edits:
            return
        job.kind, job.target, job.inputs, job.limit, job.wall = (
            "probe", target, inputs, _LIMIT_SECONDS, 6.0,
        )  # fmt: skip
        _read(item, lab.run(job, worker).messages)

    lab.both(ranked, ask)


def _read(item: Ranked, messages: list[Any]) -> None:
    seen = 0
    hangs = 0
    for message in messages:
        if message[0] == "seen":
            seen = message[1]
        elif message[0] == "answer":
            item.answers.append(Answer(*message[2:]))
            hangs += message[2] == "hang"
    item.seen = item.seen or seen


def _judge_examples(ranked: list[Ranked]) -> None:
    """Docstrings say what is meant: the fewest broken examples are the best."""
    least = min((item.broken_examples for item in ranked), default=0)
    for item in ranked:
        if item.broken_examples > least:
            item.score += _BROKEN_EXAMPLE * min(2, item.broken_examples - least)
            item.reasons.append("breaks examples of docstrings")


def _judge_answers(ranked: list[Ranked]) -> None:
    """Score crashes, hangs and broken facts against the best of the others."""
    asked = ranked
    if not asked:
        return
    size = max(len(item.answers) for item in asked)
    faults: list[float] = []
    for item in asked:
        fresh = item.answers[item.seen :]
        missing = size - len(item.answers)
        crashes = sum(answer.kind == "raise" for answer in fresh)
        hangs = sum(answer.kind == "hang" for answer in fresh) + missing
        broken = _broken_facts(item)
        faults.append((crashes + 2.0 * hangs) / max(1, size) * 2.5 + broken)
    least = min(faults)
    for item, fault in zip(asked, faults, strict=False):
        item.score += fault - least
        if fault - least > 0.2:
            item.reasons.append("fails more often, or breaks what seen answers have in common")


def _judge_changes(ranked: list[Ranked], original: Ranked, *, crashing: bool) -> None:
    """Where the fault is a crash or an endless loop, the other answers were probably right."""
    for item in ranked:
        pairs = list(zip(original.answers, item.answers, strict=False))
        sound = [(old, new) for old, new in pairs if old.kind == "value"]
        changed = sum(old.text != new.text for old, new in sound)
        if crashing and changed and len(sound) >= 5:
            item.score += 0.8 + 2.5 * changed / len(sound)
            item.reasons.append("changes answers that were no crash")


def _judge_share(ranked: list[Ranked], original: Ranked, failed: int, total: int) -> None:
    """The tests are a sample of inputs: as many should change their answer as tests fail.

    A candidate is weighed by how probable the seen failures are if its answers are the right ones.
    """
    costs: list[float] = []
    scale = min(1.0, 12 / max(1, total))
    for item in ranked:
        pairs = list(zip(original.answers, item.answers, strict=False))
        changed = sum(old.text != new.text for old, new in pairs)
        share = (changed + 0.5) / (len(pairs) + 1) if pairs else 0.5
        share = min(0.95, max(0.05, share))
        seen = failed * math.log(share) + (total - failed) * math.log(1 - share)
        costs.append(-0.2 * seen * scale)
    for item, cost in zip(ranked, costs, strict=False):
        item.score += min(1.5, cost - min(costs))


def _broken_facts(item: Ranked) -> float:
    """Facts that hold for all seen answers and are broken by new ones, as a penalty."""
    seen = [answer for answer in item.answers[: item.seen] if answer.kind == "value"]
    fresh = [answer for answer in item.answers[item.seen :] if answer.kind == "value"]
    if len(seen) < 3 or not fresh:
        return 0.0
    penalty = 0.0
    for name in seen[0].facts:
        values = {answer.facts.get(name) for answer in seen}
        if len(values) != 1:
            continue
        value = values.pop()
        broken = sum(answer.facts.get(name, value) != value for answer in fresh)
        if broken:
            strength = 0.6 if name.startswith(("type", "changes")) else 0.25
            penalty += strength * min(1.0, broken / len(fresh) + 0.2)
    return min(penalty, 1.5)


def _weigh_agreement(ranked: list[Ranked]) -> None:
    """Belief flows between programs that answer alike."""
    beliefs = [math.exp(-1.2 * item.score) for item in ranked]
    total = sum(beliefs) or 1.0
    for item in ranked:
        shared = sum(
            belief * _agreement(item, other) ** 4
            for belief, other in zip(beliefs, ranked, strict=False)
        )
        item.support = shared / total
    for item in ranked:
        item.score -= 1.2 * math.log(max(item.support, 1e-6))


def _agreement(first: Ranked, second: Ranked) -> float:
    """The share of inputs on which two programs answer alike."""
    if first is second:
        return 1.0
    if not first.answers or not second.answers:
        return 0.5
    size = max(len(first.answers), len(second.answers))
    same = sum(
        one.text == two.text and one.kind == two.kind
        for one, two in zip(first.answers, second.answers, strict=False)
    )
    return same / size
