"""The engine as users run it: a program of its own, on real repositories."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.models.repair.programs import GCD, GCD_TESTS, HALVE, HALVE_TESTS, read_all, write

from journeyman.models.repair import engine

ENGINE = str(Path(engine.__file__).parent)


def run_engine(root: Path, action: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-B", ENGINE, action, "--root", str(root), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    line = done.stdout.strip().splitlines()[-1]
    assert line.startswith("REPAIR-RESULT ")
    return json.loads(line.removeprefix("REPAIR-RESULT "))


@pytest.mark.timeout(120)
def test_search_finds_swapped_arguments_and_leaves_the_tree_alone(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {"gcd.py": GCD, "test_gcd.py": GCD_TESTS})
    before = read_all(root)
    result = run_engine(root, "search", "--budget", "40")
    assert (result["status"], result["tests"]["failed_count"]) == ("found", 2)
    assert result["best"]["hunks"] == [
        {
            "path": "gcd.py",
            "line": 4,
            "before": ["def gcd(a, b):", "    if b == 0:", "        return a"],
            "old": ["    return gcd(a % b, b)"],
            "new": ["    return gcd(b, a % b)"],
            "after": [],
        }
    ]
    assert read_all(root) == before


@pytest.mark.timeout(120)
def test_search_survives_a_program_that_hangs_when_tests_are_unittest_cases(tmp_path: Path) -> None:
    files = {"pack/__init__.py": "", "pack/halve.py": HALVE, "tests/test_halve.py": HALVE_TESTS}
    root = write(tmp_path / "repo", files)
    result = run_engine(root, "search", "--budget", "40")
    assert result["status"] == "found"
    assert result["best"]["hunks"][0]["old"] == ["        n = n"]
    assert result["best"]["hunks"][0]["new"] in (["        n //= 2"], ["        n = n // 2"])


@pytest.mark.parametrize(
    ("files", "status"),
    [
        pytest.param({"a.py": "x = 1\n"}, "no tests", id="no_tests"),
        pytest.param({"test_a.py": "def test_a():\n    pass\n"}, "green", id="green"),
    ],
)
def test_search_says_so_when_there_is_nothing_to_repair(
    tmp_path: Path, files: dict[str, str], status: str
) -> None:
    assert run_engine(write(tmp_path / "repo", files), "search")["status"] == status


def test_test_action_counts_what_fails(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {"gcd.py": GCD, "test_gcd.py": GCD_TESTS})
    tests = run_engine(root, "test")["tests"]
    assert (tests["passed"], tests["failed_count"]) == (1, 2)
