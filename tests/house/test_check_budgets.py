"""The size budgets, on small trees that are really checked by the program."""

import subprocess
import sys
from pathlib import Path

MISSING = "missing; a package says its map, one sequence, where to add X"
PROGRAM = Path(__file__).parents[2] / "scripts" / "check_budgets.py"


def check(root: Path, files: dict[str, str]) -> list[str]:
    """Write the files, run the program on them, and return its findings without the summary."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, str(PROGRAM), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    findings = done.stdout.splitlines()[:-1]
    assert (done.returncode, done.stderr) == (1 if findings else 0, "")
    return findings


def function(lines: int) -> str:
    """Return a function of that many lines."""
    return "def run():\n" + "    print()\n" * (lines - 1)


def test_budgets_accept_code_when_every_size_is_at_its_limit(tmp_path: Path) -> None:
    files = {
        "src/journeyman/full.py": "x = 1\n" * 400,
        "src/journeyman/core/turn.py": "x = 1\n" * 250,
        "tests/test_full.py": "x = 1\n" * 600,
        "src/journeyman/run.py": function(60),
        "src/journeyman/kept.py": "class Kept:\n" + "    x = 1\n" * 299,
        "AGENTS.md": "word " * 900,
    }
    assert check(tmp_path, files) == []


def test_budgets_name_file_and_line_when_a_size_is_exceeded(tmp_path: Path) -> None:
    files = {
        "src/journeyman/full.py": "x = 1\n" * 401,
        "src/journeyman/core/turn.py": "x = 1\n" * 251,
        "tests/test_full.py": "x = 1\n" * 601,
        "bench/run.py": "import os\n" + function(61),
        "src/journeyman/kept.py": "class Kept:\n" + "    x = 1\n" * 300,
        "AGENTS.md": "word " * 901,
    }
    assert check(tmp_path, files) == [
        "AGENTS.md:1: 901 words, budget 900",
        "bench/run.py:2: function run has 61 lines, budget 60",
        "src/journeyman/core/turn.py:1: 251 lines, budget 250",
        "src/journeyman/full.py:1: 401 lines, budget 400",
        "src/journeyman/kept.py:1: class Kept has 301 lines, budget 300",
        "tests/test_full.py:1: 601 lines, budget 600",
    ]


def test_budgets_want_a_reason_when_a_check_is_waived(tmp_path: Path) -> None:
    code = (
        "import os  # noqa: F401\n"
        "import re  # noqa: F401 -- read by the doctest\n"
        "x = '# noqa'\n"
        "y = 1  # type: ignore\n"
    )
    assert check(tmp_path, {"scripts/run.py": code}) == [
        "scripts/run.py:1: waiver without a reason: # noqa: F401",
        "scripts/run.py:4: waiver without a reason: # type: ignore",
    ]


def test_budgets_find_unfinished_work_when_it_is_marked_or_only_raises(tmp_path: Path) -> None:
    code = "def run():\n    raise NotImplementedError  # " + "TO" + "DO later\n"
    assert check(tmp_path, {"src/journeyman/run.py": code}) == [
        "src/journeyman/run.py:2: NotImplementedError in the product",
        "src/journeyman/run.py:2: unfinished: # TO" + "DO later",
    ]


def test_budgets_want_a_short_readme_when_there_is_a_package(tmp_path: Path) -> None:
    files = {
        "src/journeyman/core/__init__.py": "",
        "src/journeyman/store/__init__.py": "",
        "src/journeyman/store/README.md": "line\n" * 41,
    }
    assert check(tmp_path, files) == [
        f"src/journeyman/core/README.md:1: {MISSING}",
        "src/journeyman/store/README.md:1: 41 lines, budget 40",
    ]
