"""Runs the `>>>` examples of docstrings: what the author says the functions answer.

They only help to rank, since an example may be out of date; so nothing depends on all being right.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import signal
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.outcome import OutOfTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from journeyman.models.repair.engine.job import Job
    from journeyman.models.repair.engine.swap import Live

_MOST_FUNCTIONS = 40
_FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run_examples(job: Job, live: Live, say: Callable[[object], None]) -> None:
    """Say ("examples", failed, tried) for each function of the edited files that has some."""
    paths = {f"{live.root}/{path}" for path in job.texts}
    functions = [found[0] for key, found in live.functions.items() if key[0] in paths]
    shown = [function for function in functions if ">>>" in (function.__doc__ or "")]
    for function in sorted(shown, key=lambda item: item.__code__.co_firstlineno)[:_MOST_FUNCTIONS]:
        say(("examples", *_failed(function, job.limit)))


def _failed(function: FunctionType, limit: float) -> tuple[int, int]:
    names: dict[str, Any] = dict(function.__globals__)
    parser, runner = (
        doctest.DocTestParser(),
        doctest.DocTestRunner(verbose=False, optionflags=_FLAGS),
    )
    try:
        found = parser.get_doctest(function.__doc__ or "", names, function.__name__, None, None)
    except ValueError:
        return 0, 0
    signal.setitimer(signal.ITIMER_PROF, limit, 0.2)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            result = runner.run(found, out=lambda _text: None)
    except (OutOfTime, MemoryError):
        return len(found.examples), len(found.examples)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
    return result.failed, result.attempted
