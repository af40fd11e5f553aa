"""The lock files: whole, agreeing with one another and naming no place to download from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, tuple[str, str]]:
    """Return package -> (version with marker, hashes) of one lock file."""
    text = (LOCKS / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"^([\w.-]+)==([^#\n]*?)\s+(--hash=.*)$", text, flags=re.MULTILINE)
    assert len(found) == len([line for line in text.splitlines() if line.strip()])
    return {package: (version, hashes) for package, version, hashes in found}


def names(requirements: list[str]) -> set[str]:
    """Return the package names of requirement lines, extras and versions left off."""
    return {re.split(r"[\[<>=;! ]", line)[0] for line in requirements}


def test_run_lock_pins_every_dependency_and_the_build_backend() -> None:
    wanted = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    assert names(wanted) - pins("run.lock").keys() == set()


def test_dev_lock_pins_every_tool() -> None:
    wanted = PROJECT["project"]["optional-dependencies"]["dev"]
    assert names(wanted) - pins("dev.lock").keys() == set()


def test_run_lock_is_part_of_dev_lock() -> None:
    assert pins("run.lock").items() - pins("dev.lock").items() == set()


@pytest.mark.parametrize("name", ["parts", "local"])
def test_lock_of_other_programs_pins_what_is_asked_for(name: str) -> None:
    wanted = (LOCKS / f"{name}.in").read_text(encoding="utf-8").splitlines()
    asked = [line for line in wanted if line and not line.startswith("#")]
    assert names(asked) - pins(f"{name}.lock").keys() == set()


def test_locks_name_no_place_to_download_from() -> None:
    npm = [LOCKS / "npm" / "package-lock.json", ROOT / "bench" / "npm" / "package-lock.json"]
    files = [*LOCKS.glob("*.lock"), *npm]
    assert [file.name for file in files if "://" in file.read_text(encoding="utf-8")] == []
