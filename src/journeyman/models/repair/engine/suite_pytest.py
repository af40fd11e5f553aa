"""Tests as pytest collects them, kept ready in this process to be run one at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from journeyman.models.repair.engine.outcome import (
    FAILED,
    PASSED,
    SKIPPED,
    Outcome,
    describe_failure,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from journeyman.models.repair.engine.outcome import Suite

_OPTIONS = [
    "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:randomly", "-p", "no:xdist",
    "-p", "no:cov", "-p", "no:faulthandler", "-s", "-p", "no:sugar",
    "-p", "no:threadexception", "-p", "no:unraisableexception",
    "--assert=plain", "--continue-on-collection-errors", "-o", "addopts=",
]  # fmt: skip


class PytestSuite:
    """A pytest plugin that gives the collected tests away instead of running them."""

    def __init__(self, on_ready: Callable[[Suite], None]) -> None:
        self._on_ready = on_ready
        self._items: dict[str, pytest.Item] = {}
        self._outcome = Outcome("", PASSED)
        self.tests: list[str] = []
        self.errors: list[Outcome] = []

    def run(self, test: str) -> Outcome:
        """Run one test through pytest's own protocol."""
        item = self._items[test]
        self._outcome = Outcome(test, PASSED)
        started = time.process_time()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        self._outcome.seconds = time.process_time() - started
        return self._outcome

    def parameters(self, test: str) -> list[object]:
        """The values of a parametrised test."""
        found = getattr(self._items.get(test), "callspec", None)
        return list(found.params.values()) if found else []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            lines = str(report.longrepr).strip().splitlines()
            self.errors.append(Outcome(report.nodeid, FAILED, lines[-1] if lines else ""))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's loop."""
        for item in session.items:
            self._items[item.nodeid] = item
        self.tests = list(self._items)
        self._on_ready(self)
        return True

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """A small report: pytest's own reads sources to print them, which costs most of a run."""
        error = call.excinfo.value if call.excinfo else None
        status = "passed"
        if isinstance(error, pytest.skip.Exception):
            status = "skipped"
        elif error is not None:
            status = "failed"
            self._outcome = describe_failure(item.nodeid, error)
        longrepr = ("", 0, str(error)) if status == "skipped" else None
        return pytest.TestReport(
            item.nodeid, item.location, {}, status, longrepr, call.when, [], call.duration  # pyright: ignore[reportArgumentType] -- status is one of three words
        )  # fmt: skip

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What pytest made of it after xfail and skip marks."""
        if report.failed and self._outcome.status == PASSED:
            self._outcome = Outcome(report.nodeid, FAILED, "unexpected pass")
        elif report.skipped:
            self._outcome = Outcome(report.nodeid, SKIPPED)


def open_pytest(paths: list[str], on_ready: Callable[[Suite], None]) -> None:
    """Collect with pytest and call `on_ready` with the suite; also when nothing was collected."""
    called: list[bool] = []

    def ready(found: Suite) -> None:
        called.append(True)
        on_ready(found)

    suite = PytestSuite(ready)
    pytest.main([*_OPTIONS, *paths], plugins=[suite])
    if not called:
        on_ready(suite)
