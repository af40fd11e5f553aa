"""Two workers that try edited programs at once, each in its own copy of the tree."""

from __future__ import annotations

import ast
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from journeyman.models.repair.engine.describe import is_a
from journeyman.models.repair.engine.job import Job, Reply, Swap
from journeyman.models.repair.engine.nursery import Nursery, Plan
from journeyman.models.repair.engine.outcome import FAILED, TIMEOUT, Outcome
from journeyman.models.repair.engine.source import FUNCTIONS, Edit, Source, apply_edits
from journeyman.models.repair.engine.tree import Copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
R = TypeVar("R")
WORKERS = 2


@dataclass(frozen=True)
class Candidate:
    """A program to try: edits of one or more files and what they cost together.

    `delay` is added to the cost where it only decides on the turn, for edits slow to try.
    """

    edits: tuple[Edit, ...]
    cost: float
    delay: float = 0.0

    @property
    def turn(self) -> float:
        """When its turn comes among the others."""
        return self.cost + self.delay


@dataclass
class Verdict:
    """How a candidate did: `good` when every test that was run passed."""

    good: bool
    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    @property
    def late(self) -> bool:
        """Whether it was stopped by the clock."""
        return any(outcome.status == TIMEOUT for outcome in self.outcomes)


class Lab:
    """Runs programs and tests. `sources` are parsed files by path."""

    def __init__(self, root: Path, place: Path, plan: Plan) -> None:
        copies = [Copy(root, place / str(number) / root.name) for number in range(WORKERS)]
        self._fresh = [Nursery(copy, plan, collected=False) for copy in copies]
        self._warm = [Nursery(copy, plan) for copy in copies]
        self.tests: list[str] = list(self._warm[0].tests)
        self.errors: list[Any] = self._warm[0].errors
        self.sources: dict[str, Source] = {}
        self._pool = ThreadPoolExecutor(WORKERS)

    def close(self) -> None:
        """End all processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for nursery in [*self._warm, *self._fresh]:
            nursery.close()

    def both(self, tasks: list[T], work: Callable[[T, int], R]) -> list[R]:
        """`work(task, worker)` for each task, two at a time, results in order."""
        queue = list(enumerate(tasks))
        results: dict[int, R] = {}

        def loop(worker: int) -> None:
            while queue:
                try:
                    number, task = queue.pop(0)
                except IndexError:
                    return
                results[number] = work(task, worker)

        list(self._pool.map(loop, range(WORKERS)))
        return [results[number] for number in range(len(tasks))]

    def run(self, job: Job, worker: int, *, fresh: bool = False) -> Reply:
        """One job on one worker."""
        return (self._fresh if fresh else self._warm)[worker].ask(job)

    def run_all(self, job: Job, tests: list[str]) -> list[tuple[Outcome, Any]]:
        """Run tests to the end, going on behind one that kills or outlasts its process."""
        size = max(1, min(40, (len(tests) + 1) // 2))
        parts = [tests[start : start + size] for start in range(0, len(tests), size)]
        found = self.both(parts, lambda part, worker: self._run_part(job, part, worker))
        return [item for part in found for item in part]

    def _run_part(self, job: Job, part: list[str], worker: int) -> list[tuple[Outcome, Any]]:
        done: list[tuple[Outcome, Any]] = []
        while len(done) < len(part):
            job = Job(job.kind, part[len(done) :], job.texts, job.swaps, job.limit, job.wall)
            reply = self.run(job, worker)
            for message in reply.messages:
                if isinstance(message, Outcome):
                    done.append((message, None))
                elif isinstance(message[0], Outcome):
                    done.append((message[0], message[1]))
            if len(done) < len(part):
                status = TIMEOUT if reply.late else FAILED
                why = "out of time" if reply.late else "the process died"
                done.append((Outcome(part[len(done)], status, why, seconds=job.limit), None))
        return done

    def judge(
        self, candidate: Candidate, tests: list[str] | None, worker: int, limit: float
    ) -> Verdict:
        """Run tests on a candidate until one fails; None means all that can be collected."""
        job = self.job_for(candidate)
        fresh = tests is None or not job.swaps
        job.tests, job.limit, job.wall, job.stop_at_failure = tests, limit, limit * 4 + 3, True
        if fresh:
            job.wall += 20
        reply = self.run(job, worker, fresh=fresh)
        if not fresh and ("unswappable",) in [m[:1] for m in reply.messages if is_a(m, tuple)]:
            return self._judge_fresh(job, worker)
        return _verdict(reply, tests)

    def _judge_fresh(self, job: Job, worker: int) -> Verdict:
        job.wall += 20
        return _verdict(self.run(job, worker, fresh=True), job.tests)

    def job_for(self, candidate: Candidate) -> Job:
        """A job on the edited program; without swaps when it takes a fresh import."""
        job = Job("tests")
        for path in {edit.path for edit in candidate.edits}:
            edits = tuple(edit for edit in candidate.edits if edit.path == path)
            job.texts[path] = apply_edits(self.sources[path].text, edits)
            swap = _swap(self.sources[path], edits)
            if swap is None:
                job.swaps = []
                return job
            job.swaps.append(swap)
        return job

    def compiles(self, candidate: Candidate) -> bool:
        """Whether the edited statement is Python, and another program than before."""
        for edit in candidate.edits:
            source = self.sources[edit.path]
            text = apply_edits(source.text, candidate.edits)
            swap = _swap(source, (edit,))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    compile(swap.new if swap else text, edit.path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, MemoryError):
                return False
        return True


def _verdict(reply: Reply, tests: list[str] | None) -> Verdict:
    outcomes = [message for message in reply.messages if isinstance(message, Outcome)]
    if reply.late:
        outcomes.append(Outcome("", TIMEOUT, "out of time"))
    elif reply.died:
        outcomes.append(Outcome("", FAILED, "the process died"))
    enough = len(outcomes) == len(tests) if tests is not None else bool(outcomes)
    return Verdict(enough and all(outcome.good for outcome in outcomes), outcomes)


def _swap(source: Source, edits: tuple[Edit, ...]) -> Swap | None:
    """The statement of the module around the edits, when all are inside function bodies."""
    holders = {id(found): found for edit in edits if (found := _holder(source, edit)) is not None}
    inside = all(_in_function(source, edit) for edit in edits)
    if len(holders) != 1 or not inside:
        return None
    statement = next(iter(holders.values()))
    first, last = _line_range(statement)
    start, end = source.line_start(first), source.line_start(last + 1)
    head = "from __future__ import annotations" if "import annotations" in source.text else ""
    padding = (head if first > 1 else "") + "\n" * (first - 1)
    moved = tuple(
        Edit(e.path, e.start - start, e.end - start, e.new, e.operator, e.cost) for e in edits
    )
    old = source.text[start:end]
    return Swap(source.path, padding + old, padding + apply_edits(old, moved))


def _line_range(statement: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(item.lineno for item in decorators)])
    return first, statement.end_lineno or statement.lineno


def _holder(source: Source, edit: Edit) -> ast.stmt | None:
    for statement in source.tree.body:
        first, last = _line_range(statement)
        if source.line_start(first) <= edit.start and edit.end <= source.line_start(last + 1):
            return statement
    return None


def _in_function(source: Source, edit: Edit) -> bool:
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS):
            start = source.line_start(node.body[0].lineno)
            end = source.line_start((node.end_lineno or 0) + 1)
            if start <= edit.start and edit.end <= end:
                return True
    return False
