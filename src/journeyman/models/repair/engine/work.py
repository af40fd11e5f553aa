"""What a child does: run tests, run them traced, or call one function on many inputs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from journeyman.models.repair.engine.outcome import FAILED, Outcome
from journeyman.models.repair.engine.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeyman.models.repair.engine.job import Job
    from journeyman.models.repair.engine.outcome import Suite


def do_job(job: Job, suite: Suite, root: str, say: Callable[[object], None]) -> None:
    """Do the job and say each result at once, so that a crash loses only what comes after."""
    for error in suite.errors if job.tests is None else ():
        say(error)
        if job.stop_at_failure:
            return
    for test in suite.tests if job.tests is None else job.tests:
        say(("begin", test))
        if job.kind == "trace":
            tracer = Tracer(root)
            with tracer:
                outcome = run_limited(suite, test, job.limit)
            say((outcome, tracer.found()))
        else:
            outcome = run_limited(suite, test, job.limit)
            say(outcome)
        if job.stop_at_failure and not outcome.good:
            return


def run_limited(suite: Suite, test: str, seconds: float) -> Outcome:
    """Run one test; it fails when it is unknown or takes more CPU time."""
    if test not in suite.tests:
        return Outcome(test, FAILED, "the test cannot be collected")
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.3)
    try:
        return suite.run(test)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
