"""Names of branches and commits: real git in the real sandbox, and names that are attacks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from journeyman.sandbox.launcher import system_launcher
from journeyman.workspace.api import Revision, RevisionError
from journeyman.workspace.revisions import GitRevisions

_SCRIPT = """
git init -q -b main .
git -c user.name=n -c user.email=e commit -q --allow-empty -m first
git checkout -q -b feature
git -c user.name=n -c user.email=e commit -q --allow-empty -m second
git checkout -q main
git -c user.name=n -c user.email=e commit -q --allow-empty -m third
git checkout -q feature
git branch 'a$(touch${IFS}evil)b'
git config core.fsmonitor 'touch evil'
git config core.hooksPath hooks
"""


@pytest.fixture
async def revisions() -> AsyncIterator[GitRevisions]:
    launcher = system_launcher(os.defpath)
    yield GitRevisions(launcher, os.defpath)
    launcher.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["/bin/sh", "-ec", _SCRIPT], cwd=tmp_path, check=True)
    return tmp_path


def _git(repository: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True)
    return done.stdout.decode().strip()


async def test_revision_is_the_commit_and_where_the_branch_parted(
    revisions: GitRevisions, repository: Path
):
    expected = Revision(
        commit=_git(repository, "rev-parse", "main"),
        merge_base=_git(repository, "merge-base", "main", "HEAD"),
    )
    assert await revisions.find(str(repository), "main") == expected
    assert expected.commit != expected.merge_base
    head = _git(repository, "rev-parse", "HEAD")
    for name in ("HEAD", head[:10], "a$(touch${IFS}evil)b"):
        assert await revisions.find(str(repository), name) == Revision(commit=head, merge_base=head)
    assert not (repository / "evil").exists()


@pytest.mark.parametrize(
    "name",
    [
        "nope",
        "",
        "--upload-pack=touch evil",
        "-x",
        "main; touch evil",
        "$(touch evil)",
        "`touch evil`",
        "main\u3000&&touch evil",
        "main\ntouch evil",
        "main" * 100,
        "main\u202e",
    ],
)
async def test_revision_of_a_name_that_means_none_is_refused(
    revisions: GitRevisions, repository: Path, name: str
):
    with pytest.raises(RevisionError, match="branch or commit"):
        await revisions.find(str(repository), name)
    assert not (repository / "evil").exists()


async def test_revision_is_not_known_where_there_is_no_commit(
    revisions: GitRevisions, tmp_path: Path
):
    assert await revisions.find(str(tmp_path), "main") is None
    _git(tmp_path, "init", "-q")
    assert await revisions.find(str(tmp_path), "main") is None
