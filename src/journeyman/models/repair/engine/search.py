"""Tries candidates until enough programs pass all tests, or time is up."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.job import Job, Swap
from journeyman.models.repair.engine.lab import WORKERS, Candidate, Lab
from journeyman.models.repair.engine.outcome import FAILED, PASSED, SKIPPED, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journeyman.models.repair.engine.localise import Evidence

# Once a program passes, candidates up to this much costlier are still tried: a likelier repair
# may come later, and what else passes says how far to trust the choice.
_MARGIN = 1.2
_WIDE_MARGIN = 2.4
_LOOK_ON = (900, 12.0)
_LOOK_ON_WIDE = (3000, 40.0)
_MOST_PLAUSIBLE = 40
_MOST_PLAUSIBLE_WIDE = 90
_MOST_LATE = 60
_BATCH = 12


@dataclass
class Search:
    """A search over waves of candidates; `limit` is CPU seconds a test."""

    lab: Lab
    evidence: Evidence
    failing: list[str]
    passing: list[str]
    limit: float
    deadline: float
    say: Callable[[str], None]
    plausible: list[Candidate] = field(default_factory=list[Candidate])
    late: list[Candidate] = field(default_factory=list[Candidate])
    near: list[tuple[int, Candidate]] = field(default_factory=list[tuple[int, Candidate]])
    tried: int = 0
    wide: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._told = time.monotonic()
        self._first: float | None = None
        self._tried_first = 0

    def run(self, candidates: Iterator[Candidate]) -> None:
        """Try candidates in order until it is time to stop; what is left stays in the iterator."""
        queue = candidates

        def loop(worker: int) -> None:
            while True:
                with self._lock:
                    batch = list(itertools.islice(queue, self._batch_size()))
                    if not batch or self._enough(batch[0]):
                        return
                batch = [item for item in batch if self.lab.compiles(item)]
                for candidate in self._screened(batch, worker):
                    self._try(candidate, worker)

        def work(_: int, worker: int) -> None:
            loop(worker)

        self.lab.both(list(range(WORKERS)), work)

    def _batch_size(self) -> int:
        """One at a time where nothing is known of what runs, as with tests that start programs."""
        return _BATCH if self.evidence.suspicion and self.failing else 1

    def _screened(self, batch: list[Candidate], worker: int) -> list[Candidate]:
        """Those that pass the first failing test, or that cannot be screened."""
        if self._batch_size() == 1:
            return batch
        quick: list[tuple[Candidate, list[Swap]]] = []
        kept: list[Candidate] = []
        for candidate in batch:
            swaps = self.lab.job_for(candidate).swaps
            if swaps:
                quick.append((candidate, swaps))
            else:
                kept.append(candidate)
        test = self.failing[0]
        while quick:
            job = Job("screen", [test], screens=[swaps for _, swaps in quick], limit=self.limit)
            job.wall = self.limit * 4 + 3
            reply = self.lab.run(job, worker)
            for number, status in reply.messages:
                self._note(quick[int(number)][0], status, kept)
            done = len(reply.messages)
            if reply.late or reply.died:
                self._note(quick[done][0], TIMEOUT if reply.late else FAILED, kept)
                done += 1
            quick = quick[done:]
        return kept

    def _note(self, candidate: Candidate, status: str, kept: list[Candidate]) -> None:
        if status in {PASSED, SKIPPED, "unswappable"}:
            kept.append(candidate)
            return
        with self._lock:
            self.tried += 1
            if status == TIMEOUT and len(self.late) < _MOST_LATE:
                self.late.append(candidate)
            self._tell()

    def _enough(self, candidate: Candidate) -> bool:
        now = time.monotonic()
        most = _MOST_PLAUSIBLE_WIDE if self.wide else _MOST_PLAUSIBLE
        if now > self.deadline or len(self.plausible) >= most:
            return True
        if self._first is None:
            return False
        best = min(item.cost for item in self.plausible)
        if candidate.cost > best + (_WIDE_MARGIN if self.wide else _MARGIN):
            return True
        edits, seconds = _LOOK_ON_WIDE if self.wide else _LOOK_ON
        return self.tried - self._tried_first > edits or now - self._first > seconds

    def _try(self, candidate: Candidate, worker: int) -> None:
        verdict = self.lab.judge(candidate, self._tests_for(candidate), worker, self.limit)
        with self._lock:
            self.tried += 1
            if verdict.good:
                self.plausible.append(candidate)
                if self._first is None:
                    self._first, self._tried_first = time.monotonic(), self.tried
                edit = candidate.edits[0]
                line = self.lab.sources[edit.path].line_of(edit.start)
                self.say(f"passes: {edit.path}:{line} ({edit.operator})")
            elif verdict.late and len(self.late) < _MOST_LATE:
                self.late.append(candidate)
            passed = sum(outcome.good for outcome in verdict.outcomes)
            if passed and len(candidate.edits) == 1 and not verdict.good:
                self.near.append((passed, candidate))
            self._tell()

    def _tell(self) -> None:
        if time.monotonic() - self._told > 5:
            self._told = time.monotonic()
            self.say(f"tried {self.tried} edits, {len(self.plausible)} pass all tests")

    def _tests_for(self, candidate: Candidate) -> list[str]:
        """Failing tests first, then the passing ones that run a changed function."""
        related: set[str] = set()
        for edit in candidate.edits:
            source = self.lab.sources[edit.path]
            first = source.line_of(edit.start)
            for line in range(first - 1, source.line_of(edit.end) + 2):
                related |= self.evidence.covers.get((edit.path, line), set())
        chosen = [test for test in self.passing if test in related]
        return [*self.failing, *(chosen or self.passing)]
