"""Where a repository keeps its tests and its sources, and how the tests are run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from journeyman.models.repair.engine.tree import OUTSIDE, read_text

_TEST_FOLDERS = frozenset({"tests", "test", "testing", "unit_tests"})
_NEVER = frozenset({"conftest.py", "setup.py", "noxfile.py", "versioneer.py"})
_MAX_FILES = 4000


@dataclass(frozen=True)
class Layout:
    """Paths are relative to the root; `style` is "pytest", "unittest" or "script"."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    style: str
    import_folders: tuple[str, ...]


def is_test_path(path: str) -> bool:
    """Whether a file holds tests or serves them."""
    pure = PurePath(path)
    name = pure.name
    if name in _NEVER or name in {"tests.py", "test.py"}:
        return True
    if name.startswith("test_") or name.endswith(("_test.py", "_tests.py")):
        return True
    return any(part in _TEST_FOLDERS for part in pure.parts[:-1])


def find_layout(root: Path, only: tuple[str, ...] = ()) -> Layout:
    """Look at the tree. `only` narrows the tests to files or folders, or sources to fix."""
    files = list(_python_files(root))
    tests = [path for path in files if is_test_path(path) and _holds_tests(root, path)]
    chosen = [path for path in tests if _below(path, only)]
    tests = chosen or tests
    sources = [path for path in files if not is_test_path(path)]
    wanted = [path for path in sources if _below(path, only)]
    style = _style(root, tests)
    folders = ["."] + [name for name in ("src", "lib") if _import_root(root / name)]
    return Layout(tuple(wanted or sources), tuple(tests), style, tuple(folders))


def _below(path: str, only: tuple[str, ...]) -> bool:
    return any(path == item or path.startswith(item.rstrip("/") + "/") for item in only)


def _import_root(folder: Path) -> bool:
    return folder.is_dir() and not (folder / "__init__.py").exists()


def _python_files(root: Path) -> list[str]:
    found: list[str] = []
    pending = [root]
    while pending and len(found) < _MAX_FILES:
        folder = pending.pop()
        for entry in sorted(folder.iterdir()):
            if entry.is_symlink() or entry.name in OUTSIDE or entry.name.startswith("."):
                continue
            if entry.is_dir() and not (entry / "pyvenv.cfg").exists():
                pending.append(entry)
            elif entry.suffix == ".py":
                found.append(entry.relative_to(root).as_posix())
    return sorted(found)


def _holds_tests(root: Path, path: str) -> bool:
    name = PurePath(path).name
    if name in _NEVER or name == "__init__.py":
        return False
    text = read_text(root / path)
    if re.search(r"^\s*(?:async )?def test|^class \w*Test|TestCase\)", text, re.MULTILINE):
        return True
    return "assert" in text and name.startswith(("test", "tests"))


def _style(root: Path, tests: list[str]) -> str:
    texts = [read_text(root / path) for path in tests]
    if any(re.search(r"^\s*(?:import pytest|from pytest)", text, re.MULTILINE) for text in texts):
        return "pytest"
    if texts and all("TestCase" in text for text in texts):
        return "unittest"
    plain = any(re.search(r"^\s*def test|^class Test", text, re.MULTILINE) for text in texts)
    return "pytest" if plain or not texts else "script"


def imported_modules(root: Path, layout: Layout) -> list[str]:
    """Top-level modules that tests and sources import and the repository does not hold itself."""
    wanted: set[str] = {"pytest"} if layout.style == "pytest" else set()
    files = [*layout.tests, *layout.sources][:200]
    own = {part.removesuffix(".py") for path in files for part in PurePath(path).parts}
    for path in files:
        text = read_text(root / path)
        wanted |= set(re.findall(r"^(?:import|from)\s+(\w+)", text, re.MULTILINE))
    return sorted(wanted - own - {"__future__"})
