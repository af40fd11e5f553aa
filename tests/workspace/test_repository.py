"""Where a repository stands, read without git; the truth comes from git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from journeyman.protocol.threads import GitInfo
from journeyman.workspace.repository import find_root, git_info


def _git(directory: Path, *args: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=directory, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _repository(directory: Path) -> str:
    directory.mkdir()
    _git(directory, "init", "-q", "-b", "main")
    _git(directory, "remote", "add", "origin", "https://user:token@example.com/a/b.git")
    _git(directory, "commit", "-q", "--allow-empty", "-m", "x")
    return _git(directory, "rev-parse", "HEAD")


def test_git_info_tells_commit_branch_and_origin_without_credentials_when_loose_or_packed(
    tmp_path: Path,
):
    sha = _repository(tmp_path / "r")
    expected = GitInfo(sha=sha, branch="main", origin_url="https://example.com/a/b.git")
    assert git_info(tmp_path / "r") == expected
    _git(tmp_path / "r", "pack-refs", "--all")
    assert not (tmp_path / "r/.git/refs/heads/main").exists()
    assert git_info(tmp_path / "r") == expected


def test_git_info_follows_the_shared_directory_when_in_a_worktree(tmp_path: Path):
    sha = _repository(tmp_path / "r")
    _git(tmp_path / "r", "worktree", "add", "-q", "-b", "side", str(tmp_path / "w"))
    assert git_info(tmp_path / "w") == GitInfo(
        sha=sha, branch="side", origin_url="https://example.com/a/b.git"
    )


def test_git_info_has_no_branch_when_detached_and_no_commit_when_new(tmp_path: Path):
    sha = _repository(tmp_path / "r")
    _git(tmp_path / "r", "checkout", "-q", "--detach")
    _git(tmp_path / "r", "remote", "remove", "origin")
    assert git_info(tmp_path / "r") == GitInfo(sha=sha)
    (tmp_path / "n").mkdir()
    _git(tmp_path / "n", "init", "-q", "-b", "new")
    assert git_info(tmp_path / "n") == GitInfo(branch="new")


def test_git_info_is_unknown_when_what_it_finds_is_nonsense(tmp_path: Path):
    assert git_info(tmp_path) is None
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_bytes(b"ref: ../../../etc/passwd\n")
    (tmp_path / ".git/config").write_bytes(b'[remote "origin"\n\xff\xfe url = \n')
    assert git_info(tmp_path) == GitInfo(branch="../../../etc/passwd")


def test_find_root_is_the_nearest_directory_when_several_have_a_marker(tmp_path: Path):
    inner = tmp_path / "a/b"
    (inner / "c").mkdir(parents=True)
    (tmp_path / "a/.git").mkdir()
    (tmp_path / "a/.git/HEAD").touch()
    (inner / ".git").mkdir()
    (inner / ".root").touch()
    assert find_root(inner / "c") == tmp_path / "a"
    assert find_root(inner / "c", (".git", ".root")) == inner
    assert find_root(inner / "c", (".nowhere",)) is None
