"""The engine as users run it: a program of its own, on real repositories."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.models.repair.programs import GCD, GCD_TESTS, HALVE, HALVE_TESTS, read_all, write

from journeyman.models.repair import engine
from journeyman.models.repair.answer import Answer, Repair, read_answer

ENGINE = str(Path(engine.__file__).parent)


def run_engine(
    root: Path, action: str, *options: str, python: str | Path = sys.executable
) -> Answer:
    done = subprocess.run(
        [python, "-B", ENGINE, action, "--root", str(root), "--mark", "7e", *options],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = read_answer(done.stdout, "7e")
    assert answer is not None
    return answer


@pytest.mark.timeout(120)
def test_search_finds_swapped_arguments_and_leaves_the_tree_alone(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {"gcd.py": GCD, "test_gcd.py": GCD_TESTS})
    before = read_all(root)
    answer = run_engine(root, "search", "--budget", "40")
    assert (answer.status, answer.tests.passed, answer.tests.failed) == ("found", 1, 2)
    assert answer.repair == Repair(
        "gcd.py:4 in gcd",
        "swapped arguments",
        "*** Begin Patch\n*** Update File: gcd.py\n@@\n"
        " def gcd(a, b):\n     if b == 0:\n         return a\n"
        "-    return gcd(a % b, b)\n+    return gcd(b, a % b)\n*** End Patch\n",
    )
    assert read_all(root) == before


@pytest.mark.timeout(120)
def test_search_survives_a_program_that_hangs_when_tests_are_unittest_cases(tmp_path: Path) -> None:
    files = {"pack/__init__.py": "", "pack/halve.py": HALVE, "tests/test_halve.py": HALVE_TESTS}
    root = write(tmp_path / "repo", files)
    answer = run_engine(root, "search", "--budget", "40")
    assert answer.repair is not None
    assert answer.repair.changed == ["- n //= 1", "+ n //= 2"]


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
    assert run_engine(write(tmp_path / "repo", files), "search").status == status


def test_search_repairs_under_a_python_without_this_product(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare")
    python = tmp_path / "bare" / "bin" / "python"
    root = write(tmp_path / "repo", {"gcd.py": GCD, "test_gcd.py": GCD_TESTS})
    answer = run_engine(root, "search", "--budget", "40", python=python)
    assert answer.status == "found"


def test_test_action_counts_what_fails(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {"gcd.py": GCD, "test_gcd.py": GCD_TESTS})
    tests = run_engine(root, "test").tests
    assert (tests.passed, tests.failed, len(tests.failures)) == (1, 2, 2)


@pytest.mark.timeout(120)
def test_search_prefers_the_edit_that_keeps_the_examples_of_a_docstring(tmp_path: Path) -> None:
    example = '    """Its square.\n\n    >>> square(3)\n    9\n    """\n'
    files = {
        "square.py": f"def square(x):\n{example}    return x * 1\n",
        "test_square.py": "from square import square\n\ndef test_two():\n    assert square(2) == 4\n",
    }
    answer = run_engine(write(tmp_path / "repo", files), "search", "--budget", "40")
    assert answer.repair is not None
    assert answer.repair.changed in (
        ["- return x * 1", "+ return x * x"],
        ["- return x * 1", "+ return x ** 2"],
    )


def test_search_tells_suspects_and_tries_what_is_proposed_for_them(tmp_path: Path) -> None:
    files = {
        "nesting.py": """
def depth(value):
    if not isinstance(value, list):
        return 0
    return max((depth(item) for item in value), default=0)
""",
        "test_nesting.py": """
from nesting import depth

def test_flat():
    assert depth([1, 2]) == 1

def test_deep():
    assert depth([[[]], 1]) == 3

def test_no_list():
    assert depth(3) == 0
""",
    }
    root = write(tmp_path / "repo", files)
    answer = run_engine(root, "search", "--budget", "0", "--suspects", "2")
    assert (answer.status, [one.line for one in answer.suspects]) == ("nothing found", [5, 3])
    last = answer.suspects[0]
    assert (last.path, last.text) == ("nesting.py", "    return max((depth(item) for item in value), default=0)")  # fmt: skip
    assert last.before.startswith("def depth(value):\n")

    ideas = ["    return (", last.text, "    return 1", f"{last.text} + 1", "    return len(value)"]
    lines = [["nesting.py", 5, idea] for idea in ideas] + [["gone.py", 1, "x"], ["nesting.py", 99, "x"]]  # fmt: skip
    found = run_engine(root, "search", "--budget", "60", "--propose", json.dumps(lines))
    assert found.repair is not None
    assert found.repair.changed == [f"- {last.text.strip()}", f"+ {last.text.strip()} + 1"]
    assert (found.repair.kind, found.tried) == ("another line, by the local model", 3)
