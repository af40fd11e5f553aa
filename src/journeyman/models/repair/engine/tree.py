"""Copies of the repository to try edits in, so that the repository itself is never written."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Never part of what is repaired; linked, not copied, because they may be large.
OUTSIDE = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "env", ".env", "node_modules", "site-packages",
    "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs",
    "build", "dist",
})  # fmt: skip
_LARGE_BYTES = 2 << 20


class Copy:
    """A copy of the tree at `root` in `place`, with edited texts put in and taken out again."""

    def __init__(self, root: Path, place: Path) -> None:
        self.place = place
        self._changed: dict[str, str] = {}
        _copy_folder(root, place)

    def put(self, texts: dict[str, str]) -> None:
        """Write edited files; what an earlier call wrote is restored first."""
        for path, text in self._changed.items():
            self._write(path, text)
        self._changed = {}
        for path, text in texts.items():
            self._changed[path] = read_text(self.place / path)
            self._write(path, text)

    def _write(self, path: str, text: str) -> None:
        (self.place / path).write_text(text, encoding="utf-8", newline="")


def read_text(path: Path) -> str:
    """A source file as text, line endings kept; bytes that are not UTF-8 are replaced."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def _copy_folder(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        goal = target / entry.name
        if entry.name == "__pycache__":
            continue
        if entry.is_symlink() or entry.name in OUTSIDE or _special_or_large(entry):
            goal.symlink_to(entry.resolve())
        elif entry.is_dir():
            _copy_folder(entry, goal)
        else:
            shutil.copy2(entry, goal)


def _special_or_large(entry: Path) -> bool:
    if entry.is_dir():
        return (entry / "pyvenv.cfg").exists()
    return not entry.is_file() or entry.stat().st_size > _LARGE_BYTES
