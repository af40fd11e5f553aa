"""Screening: many edited programs against one failing test in a single child.

Most edits fail the first failing test, and a fork costs more than such a test. What one program
leaves behind must not decide about the next: the child stops as soon as shared values changed.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.describe import describe, is_a
from journeyman.models.repair.engine.swap import CannotSwapError, swap_code
from journeyman.models.repair.engine.work import run_limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeyman.models.repair.engine.job import Job
    from journeyman.models.repair.engine.outcome import Suite
    from journeyman.models.repair.engine.swap import Live

_CONTAINERS = (list, dict, set, bytearray)


def screen(job: Job, suite: Suite, live: Live, say: Callable[[object], None]) -> None:
    """Say (number, status) for each program of `job.screens`, until one leaves traces."""
    test = (job.tests or [""])[0]
    shared = [*_shared_values(live.root), *suite.parameters(test)]
    caches = [value for value in shared if hasattr(value, "cache_info")]
    before = _fingerprint(shared, caches)
    for number, swaps in enumerate(job.screens):
        undo: list[tuple[types.FunctionType, types.CodeType]] = []
        try:
            for swap in swaps:
                undo += swap_code(swap, live)
        except (CannotSwapError, SyntaxError, ValueError):
            say((number, "unswappable"))
            return
        say((number, run_limited(suite, test, job.limit).status))
        for function, code in undo:
            function.__code__ = code
        if _fingerprint(shared, caches) != before:
            return


def _fingerprint(values: list[object], caches: list[Any]) -> list[str]:
    return [describe(value, 4) for value in values] + [str(c.cache_info()) for c in caches]


def _shared_values(root: str) -> list[object]:
    """Values of the repository's modules, classes and functions that outlive a test."""
    found: list[object] = []
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None) or ""
        if path.startswith(root):
            for value in list(vars(module).values()):
                found += _parts(value)
    return found


def _parts(value: object) -> list[object]:
    if isinstance(value, _CONTAINERS) or hasattr(value, "cache_info"):
        return [value]
    if isinstance(value, types.FunctionType):
        return list(value.__defaults__ or ())
    if isinstance(value, type):
        own: list[object] = [part for part in vars(value).values() if is_a(part, *_CONTAINERS)]
        methods = [part for part in vars(value).values() if isinstance(part, types.FunctionType)]
        return [*own, *(item for part in methods for item in part.__defaults__ or ())]
    if type(value).__module__ not in {"builtins", "typing", "types"} and hasattr(value, "__dict__"):
        return [] if isinstance(value, types.ModuleType) else [value]
    return []
