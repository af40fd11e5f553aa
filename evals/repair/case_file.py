"""Reading the cases of the repair set: one directory each, described by its case.toml.

Owns the format and what makes a case well formed; running and judging are left to judge.py.
"""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"
EXPECTATIONS = ("fix", "none", "green")
FAILURES = ("red", "hang", "unruly", "green")
PROTECTED_NAMES = (
    "conftest.py",
    "tests.py",
    "pytest.ini",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
)
PROTECTED_FOLDERS = ("tests", "test")
SKIPPED_FOLDERS = ("__pycache__", ".pytest_cache", ".git", ".journeyman", "hidden_tests")


class CaseError(Exception):
    """Something that cannot be used, and why."""

    def __init__(self, subject: str, fault: str) -> None:
        super().__init__(f"{subject}: {fault}")


@dataclass(frozen=True)
class Fix:
    """One replacement of the reference fix: `old` stands once in `file`, the fault at `line`.

    Where a statement is missing, `line` is the one it belongs before.
    """

    file: str
    line: int
    old: str
    new: str


@dataclass(frozen=True)
class Case:
    """One program with its tests, its hidden tests and the reference fix."""

    name: str
    folder: Path
    title: str
    kind: str
    command: tuple[str, ...]
    expect: str
    fails: str
    tags: tuple[str, ...]
    fixes: tuple[Fix, ...]

    @property
    def repo(self) -> Path:
        """The folder the agent gets a copy of."""
        return self.folder / "repo"

    @property
    def hidden(self) -> Path:
        """The folder with the tests the agent never sees."""
        return self.folder / "hidden"


def load_case(folder: Path) -> Case:
    """Read one case directory; raises CaseError when it is not well formed."""
    try:
        data = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
        case = Case(
            name=folder.name,
            folder=folder,
            title=data["title"],
            kind=data["kind"],
            command=tuple(data["command"]),
            expect=data.get("expect", "fix"),
            fails=data.get("fails", "red"),
            tags=tuple(data.get("tags", [])),
            fixes=tuple(Fix(**fix) for fix in data.get("fix", [])),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CaseError(folder.name, f"case.toml: {error!r}") from error
    _check_shape(case)
    return case


def _check_shape(case: Case) -> None:
    if case.expect not in EXPECTATIONS or case.fails not in FAILURES:
        raise CaseError(case.name, f"expect is one of {EXPECTATIONS}, fails one of {FAILURES}")
    if not case.repo.is_dir() or not any(case.hidden.glob("test_*.py")):
        raise CaseError(case.name, "needs repo/ and hidden/test_*.py")
    if (case.expect == "green") != (not case.fixes):
        raise CaseError(case.name, "every case but a green one has a [[fix]]")
    for fix in case.fixes:
        text = (case.repo / fix.file).read_text(encoding="utf-8")
        if text.count(fix.old) != 1:
            raise CaseError(case.name, f"the text of the fix is not exactly once in {fix.file}")
        first = text[: text.index(fix.old)].count("\n") + 1
        if not first <= fix.line <= first + fix.old.count("\n") + 1:
            raise CaseError(case.name, f"line {fix.line} of {fix.file} is not in the fix")


def load_cases(only: list[str]) -> list[Case]:
    """Every case by name, or those whose name contains one of `only`."""
    folders = sorted(path for path in CASES.iterdir() if path.is_dir())
    chosen = [path for path in folders if not only or any(part in path.name for part in only)]
    if not chosen:
        raise CaseError(", ".join(only), "no case matches")
    return [load_case(folder) for folder in chosen]


def copy_repo(case: Case, target: Path) -> None:
    """A fresh copy of what the agent gets, without left-overs of earlier runs."""
    shutil.copytree(case.repo, target, ignore=shutil.ignore_patterns(*SKIPPED_FOLDERS))


def apply_reference_fix(case: Case, repo: Path) -> None:
    """Apply the reference fix to a copy of the case's repository."""
    for fix in case.fixes:
        path = repo / fix.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(fix.old, fix.new), encoding="utf-8")


def is_protected(relative: Path) -> bool:
    """Whether a file decides how the program is judged, so that a repair must not touch it."""
    name = relative.name
    if name in PROTECTED_NAMES or any(part in PROTECTED_FOLDERS for part in relative.parts[:-1]):
        return True
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def read_tree(repo: Path) -> dict[Path, bytes]:
    """Every file of a repository by relative path, without caches and git's own."""
    files: dict[Path, bytes] = {}
    for path in sorted(repo.rglob("*")):
        relative = path.relative_to(repo)
        skipped = any(part in SKIPPED_FOLDERS for part in relative.parts)
        if path.is_file() and not skipped and path.suffix != ".pyc":
            files[relative] = path.read_bytes()
    return files
