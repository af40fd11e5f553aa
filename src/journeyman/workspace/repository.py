"""Finds the repository around a directory and reads where it stands, without running git.

What a repository holds is untrusted: files are read bounded, nothing in them is executed, and whatever
cannot be read counts as not known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from journeyman.protocol.threads import GitInfo

_MAX_BYTES = 1 << 20
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECTION = re.compile(r'\s*\[\s*([^\s"\]]+)(?:\s+"([^"]*)")?\s*\]')
_URL = re.compile(r"\s*url\s*=\s*(.+?)\s*$", re.IGNORECASE)


def find_root(directory: Path, markers: Sequence[str] = (".git",)) -> Path | None:
    """The nearest of `directory` and its parents that holds one of `markers`; None where none does."""
    for candidate in (directory, *directory.parents):
        if any(_marks(candidate / marker) for marker in markers):
            return candidate
    return None


def _marks(path: Path) -> bool:
    # An empty .git is none: a sandbox may hold the name while commands run.
    return (path / "HEAD").exists() if path.name == ".git" and path.is_dir() else path.exists()


def git_info(root: Path) -> GitInfo | None:
    """Commit, branch and origin of the repository at `root`; None where it is none."""
    git_dir = _git_dir(root)
    if git_dir is None:
        return None
    shared = _shared_dir(git_dir)
    head = _read(git_dir / "HEAD").strip()
    branch = None
    sha = head
    if head.startswith("ref: "):
        ref = head.removeprefix("ref: ")
        branch = ref.removeprefix("refs/heads/")
        sha = _resolve(ref, git_dir, shared)
    return GitInfo(
        sha=sha if _SHA.fullmatch(sha) else None,
        branch=branch,
        origin_url=_origin_url(_read(shared / "config")),
    )


def _git_dir(root: Path) -> Path | None:
    dot_git = root / ".git"
    if dot_git.is_dir():
        return dot_git
    pointer = _read(dot_git).strip()
    if not pointer.startswith("gitdir: "):
        return None
    return root / pointer.removeprefix("gitdir: ")


def _shared_dir(git_dir: Path) -> Path:
    common = _read(git_dir / "commondir").strip()
    return git_dir / common if common else git_dir


def _resolve(ref: str, git_dir: Path, shared: Path) -> str:
    if ".." in ref:
        return ""
    for folder in (git_dir, shared):
        sha = _read(folder / ref).strip()
        if sha:
            return sha
    for line in _read(shared / "packed-refs").splitlines():
        sha, _, name = line.partition(" ")
        if name == ref:
            return sha
    return ""


def _origin_url(config: str) -> str | None:
    in_origin = False
    for line in config.splitlines():
        section = _SECTION.match(line)
        if section is not None:
            in_origin = section[1].lower() == "remote" and section[2] == "origin"
        elif in_origin and (url := _URL.match(line)) is not None:
            return without_credentials(url[1])
    return None


def without_credentials(url: str) -> str:
    """The URL without a user name and password before its host; other forms come back as they are."""
    return re.sub(r"^([A-Za-z][\w+.-]*://)[^/@]*@", r"\1", url)


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode(errors="replace")
    except OSError:
        return ""
