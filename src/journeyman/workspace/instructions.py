"""Reads what AGENTS.md files tell the agent: the user's own, then those from the project's root down to a directory.

Owns which files count and how much of them; whoever asks decides what becomes of the text. A repository's
files are untrusted: only regular files inside of the project are read, bounded; a line such as
`@other/file` is text like any other; characters that a person would not see come back as visible marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from journeyman.visible_text import reveal
from journeyman.workspace.bounded_file import FileRefusedError, read_inside, read_regular
from journeyman.workspace.repository import find_root

_OVERRIDE = "AGENTS.override.md"
_NAMES = (_OVERRIDE, "AGENTS.md")
# What the reference takes of a project's files, so that both read the same.
PROJECT_BYTES = 32 * 1024
# The user's own file has no budget; this only keeps a mistake out of the memory.
_GLOBAL_BYTES = 1 << 20
_BETWEEN = "\n\n--- project-doc ---\n\n"


class InstructionRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which files count: those in `home`, and in a project the first of the names that a folder has.

    `max_bytes` bounds the project's files together; 0 leaves them out.
    """

    home: Path
    max_bytes: int = PROJECT_BYTES
    fallback_names: Sequence[str] = ()
    root_markers: Sequence[str] = (".git",)


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """The text, outermost first; the files it came from; what the user should know of them."""

    text: str = ""
    sources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class _Document(NamedTuple):
    path: Path
    text: str
    size: int


def read_instructions(directory: Path, rules: InstructionRules) -> Instructions:
    """What holds for work in `directory`. Never fails: a file that cannot be read becomes a warning."""
    warnings: list[str] = []
    home = _read_home(rules.home, warnings)
    project = _read_project(directory, rules, warnings)
    text = "\n\n".join(document.text for document in project)
    if home is not None:
        text = home.text + (_BETWEEN + text if text else "")
    documents = [*([home] if home else []), *project]
    return Instructions(
        text=text,
        sources=tuple(str(document.path) for document in documents),
        warnings=tuple(warnings),
    )


def _read_home(home: Path, warnings: list[str]) -> _Document | None:
    for name in _NAMES:
        # Where the user keeps it, and links it from, is the user's to say.
        document = _document(home / name, _GLOBAL_BYTES, None, warnings)
        if document is not None and document.text.strip():
            return document
    return None


def _read_project(directory: Path, rules: InstructionRules, warnings: list[str]) -> list[_Document]:
    if rules.max_bytes <= 0:
        return []
    root = find_root(directory, rules.root_markers) or directory
    names = (*_NAMES, *rules.fallback_names)
    budget = rules.max_bytes
    documents: list[_Document] = []
    for folder in _chain(root, directory):
        path = next((folder / name for name in names if _exists(folder / name)), None)
        document = path and _document(path, budget, root, warnings)
        if document is None or not document.text.strip():
            continue
        documents.append(document)
        budget -= min(document.size, budget)
    return documents


def _chain(root: Path, directory: Path) -> list[Path]:
    """The folders from `root` down to `directory`."""
    inner = [folder for folder in directory.parents if folder.is_relative_to(root)]
    return [*reversed(inner), directory] if directory != root else [root]


def _exists(path: Path) -> bool:
    try:
        return path.is_symlink() or path.is_file()
    except OSError:
        return False


def _document(path: Path, budget: int, root: Path | None, warnings: list[str]) -> _Document | None:
    if root is None and not path.exists():
        return None
    try:
        data, size = read_regular(path, budget) if root is None else read_inside(path, budget, root)
    except FileRefusedError as error:
        warnings.append(f"{path} was not read: {error}")
        return None
    if size > budget:
        warnings.append(
            f"Only {budget} of the {size} bytes of {path} were read: the project's instructions may have that "
            "many. Shorten them, or set project_doc_max_bytes in config.toml."
        )
    raw = data.decode("utf-8-sig", errors="ignore" if size > budget else "replace")
    text, hidden = reveal(raw.replace("\r\n", "\n"))
    if hidden:
        warnings.append(
            f"{path} holds {hidden} hidden characters (invisible or reordering); they were made visible to the "
            "model as <U+...>. Somebody may have hidden instructions there."
        )
    return _Document(path, text, size)
