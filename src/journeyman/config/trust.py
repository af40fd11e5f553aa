"""What the user trusted of repositories: exact content, by hash, kept in `trust.json` of the home folder.

Trust of a folder never covers another one, also not below it; content that changed is not trusted any more,
and neither is content that was trusted before it. A file that cannot be understood trusts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from journeyman.config.errors import ConfigError
from journeyman.private_file import locked_folder, write_private

TRUST_FILE = "trust.json"
# What of a repository can be trusted; repository_content.py says where each of them is.
TrustKind = Literal["config", "hooks", "mcp_servers", "skills"]
_WHERE_TO_WRITE = "set JOURNEYMAN_HOME to a folder you can write"


class TrustedProject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is trusted of one folder: a digest a kind; `folder` lets commands write in it by default."""

    digests: dict[str, str] = {}
    folder: bool = False


class _File(msgspec.Struct, frozen=True, kw_only=True):
    projects: dict[str, Any] = {}
    version: int = 1


class TrustStore:
    """The content of `trust.json`; changes are written at once."""

    def __init__(
        self, home: Path, projects: Mapping[str, TrustedProject], problem: str | None = None
    ) -> None:
        """Hold what was read; `problem` says why a file that exists counts as empty."""
        self.problem = problem
        self._home = home
        self._projects = dict(projects)

    @classmethod
    def load(cls, home: Path) -> TrustStore:
        """Read the file below `home`; never fails: without a usable file nothing is trusted."""
        path = home / TRUST_FILE
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
        except FileNotFoundError:
            return cls(home, {})
        except OSError as error:
            return cls(home, {}, f"cannot read {path}: {error.strerror}; nothing is trusted")
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = f"{path} is damaged, nothing is trusted: remove it and trust again"
            return cls(home, {}, problem)
        projects: dict[str, TrustedProject] = {}
        for root, entry in file.projects.items():
            # One entry that a later version wrote costs only itself.
            try:
                projects[root] = msgspec.convert(entry, TrustedProject)
            except msgspec.ValidationError:
                continue
        return cls(home, projects)

    @property
    def projects(self) -> Mapping[str, TrustedProject]:
        """Everything that is trusted, by the absolute path of the folder without links."""
        return self._projects

    def trusts(self, project_root: Path, kind: TrustKind, digest: str) -> bool:
        """Whether exactly the content with this digest is trusted in exactly this folder."""
        return bool(digest) and self.of_project(project_root).digests.get(kind) == digest

    def trusts_folder(self, project_root: Path) -> bool:
        """Whether commands may write in this folder by default."""
        return self.of_project(project_root).folder

    def of_project(self, project_root: Path) -> TrustedProject:
        """What is trusted of this folder; nothing where it was never trusted."""
        return self._projects.get(os.path.realpath(project_root), TrustedProject())

    def trust(
        self, project_root: Path, digests: Mapping[TrustKind, str], *, folder: bool | None = None
    ) -> None:
        """Trust this content, in place of what was trusted of these kinds before.

        Args:
            project_root: the folder whose content it is.
            digests: the digest of each kind; kinds that are not named stay as they are.
            folder: whether commands may write in it by default; None leaves it as it is.

        Raises:
            ConfigError: it cannot be kept.
        """

        def change(projects: dict[str, TrustedProject]) -> None:
            root = os.path.realpath(project_root)
            old = projects.get(root, TrustedProject())
            projects[root] = TrustedProject(
                digests={**old.digests, **digests}, folder=old.folder if folder is None else folder
            )

        self._change(change)

    def forget(self, project_root: Path) -> bool:
        """Trust nothing of this folder any more; returns whether anything was trusted.

        Raises:
            ConfigError: it cannot be kept.
        """
        root = os.path.realpath(project_root)
        if root not in self._projects:
            return False

        def change(projects: dict[str, TrustedProject]) -> None:
            projects.pop(root, None)

        self._change(change)
        return True

    def _change(self, change: Callable[[dict[str, TrustedProject]], None]) -> None:
        path = self._home / TRUST_FILE
        try:
            # Two programs that trust at once both count.
            with locked_folder(self._home):
                projects = dict(TrustStore.load(self._home).projects)
                change(projects)
                content = msgspec.json.encode(_File(projects=projects))
                write_private(path, msgspec.json.format(content, indent=2) + b"\n")
        except OSError as error:
            raise ConfigError(
                f"cannot write: {error.strerror}", where=str(path), fix=_WHERE_TO_WRITE
            ) from error
        self._projects = projects


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """The digest of named contents, such as `sha256:12ab...`; the order does not count."""
    import hashlib  # noqa: PLC0415 -- 3 ms that a start outside of such repositories need not pay

    whole = hashlib.sha256()
    for name, data in sorted(files):
        for part in (name.encode(errors="surrogateescape"), data):
            whole.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{whole.hexdigest()}"
