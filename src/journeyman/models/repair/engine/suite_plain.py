"""Tests without pytest: unittest cases, plain `test_*` functions, and files that only assert."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
import time
import types
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from journeyman.models.repair.engine.outcome import (
    PASSED,
    SKIPPED,
    Outcome,
    OutOfTime,
    describe_failure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journeyman.models.repair.engine.outcome import Suite


class PlainSuite:
    """Tests found by importing the files that hold them."""

    def __init__(self, paths: list[str]) -> None:
        self._runs: dict[str, Callable[[], None]] = {}
        self.errors: list[Outcome] = []
        for path in paths:
            self._load(path)
        self.tests = list(self._runs)

    def _load(self, path: str) -> None:
        if not _has_tests(path):
            self._runs[path] = functools.partial(_run_file, path)
            return
        try:
            module = _load_module(path)
        except BaseException as error:
            self.errors.append(describe_failure(path, error))
            return
        self._runs.update(_tests_of(path, module))

    def parameters(self, test: str) -> list[object]:
        """None: plain tests are given nothing."""
        del test
        return []

    def run(self, test: str) -> Outcome:
        """Run one test here and now."""
        started = time.process_time()
        outcome = Outcome(test, PASSED)
        try:
            self._runs[test]()
        except unittest.SkipTest:
            outcome = Outcome(test, SKIPPED)
        except BaseException as error:
            outcome = describe_failure(test, error)
        outcome.seconds = time.process_time() - started
        return outcome


def _has_tests(path: str) -> bool:
    text = Path(path).read_text(errors="replace")
    return "def test" in text or "TestCase" in text


def _run_file(path: str) -> None:
    _load_module(path)


def _load_module(path: str) -> types.ModuleType:
    name = ".".join(Path(path).with_suffix("").parts)
    if str(Path(path).parent) not in sys.path:
        sys.path.insert(1, str(Path(path).parent.resolve()))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _tests_of(path: str, module: types.ModuleType) -> Iterator[tuple[str, Callable[[], None]]]:
    for name, value in list(vars(module).items()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            for method in unittest.defaultTestLoader.getTestCaseNames(value):
                yield f"{path}::{name}::{method}", _unittest_run(value(method))
        elif isinstance(value, type) and name.startswith("Test"):
            for method in [method for method in dir(value) if method.startswith("test")]:
                yield f"{path}::{name}::{method}", _method_run(value, method)
        elif _is_plain_test(name, value):
            yield f"{path}::{name}", value


def _is_plain_test(name: str, value: object) -> TypeGuard[types.FunctionType]:
    if not isinstance(value, types.FunctionType) or not name.startswith("test"):
        return False
    return not inspect.signature(value).parameters


def _method_run(owner: type, method: str) -> Callable[[], None]:
    def run() -> None:
        instance = owner()
        setup = getattr(instance, "setup_method", None)
        if callable(setup):
            setup()
        getattr(instance, method)()

    return run


def _unittest_run(case: unittest.TestCase) -> Callable[[], None]:
    def run() -> None:
        result = unittest.TestResult()
        case.run(result)
        if result.skipped:
            raise unittest.SkipTest(result.skipped[0][1])
        for _, text in [*result.errors, *result.failures]:
            if "OutOfTime" in text:
                raise OutOfTime
            raise AssertionError(text.strip().splitlines()[-1])

    return run


def open_plain(paths: list[str], on_ready: Callable[[Suite], None]) -> None:
    """Load the test files and call `on_ready` with the suite."""
    on_ready(PlainSuite(paths))
