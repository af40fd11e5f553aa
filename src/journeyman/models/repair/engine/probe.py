"""Calls one function on inputs made from those the tests use, and says what it answers.

The inputs depend only on the seen calls, so that the answers of different programs to the same
input can be compared.
"""

from __future__ import annotations

import contextlib
import copy
import signal
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.describe import describe
from journeyman.models.repair.engine.facts import facts_of
from journeyman.models.repair.engine.inputs import make_inputs
from journeyman.models.repair.engine.job import read
from journeyman.models.repair.engine.outcome import OutOfTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from journeyman.models.repair.engine.job import Job

_INPUTS = 90
_MOST_HANGS = 4


def probe(job: Job, function: FunctionType, say: Callable[[object], None]) -> None:
    """Say ("answer", number, kind, text, facts) for each input; the seen ones come first."""
    seen: list[dict[str, Any]] = []
    for data in job.inputs:
        # classes of the tested program may refuse
        with contextlib.suppress(Exception):
            seen.append(read(data))
    say(("seen", len(seen)))
    hangs = 0
    for number, arguments in enumerate([*seen, *make_inputs(seen, _INPUTS)]):
        answer = _answer(function, arguments, job.limit)
        say(("answer", number, *answer))
        hangs += answer[0] == "hang"
        if hangs >= _MOST_HANGS:
            return


def _answer(
    function: FunctionType, arguments: dict[str, Any], limit: float
) -> tuple[str, str, dict[str, str]]:
    try:
        before = copy.deepcopy(arguments)
        signal.setitimer(signal.ITIMER_PROF, limit, 0.2)
        result = _call(function, arguments)
        if hasattr(result, "__next__"):
            result = _drain(result)
        text = describe(result) + "|" + describe(arguments)
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        return "value", text, facts_of(before, arguments, result)
    except (OutOfTime, MemoryError):
        return "hang", "hang", {}
    except Exception as error:
        return "raise", type(error).__name__, {}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def _call(function: FunctionType, arguments: dict[str, Any]) -> Any:
    code = function.__code__
    positional = [arguments[name] for name in code.co_varnames[: code.co_posonlyargcount]]
    rest = {
        name: value
        for name, value in arguments.items()
        if name not in code.co_varnames[: code.co_posonlyargcount]
    }
    return function(*positional, **rest)


def _drain(iterator: Any) -> list[Any]:
    items: list[Any] = []
    for item in iterator:
        items.append(item)
        if len(items) >= 200:
            break
    return items
