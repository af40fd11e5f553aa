"""Which folders a user can be asked to open, on a disk with everything that must stay closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from journeyman.sandbox.policy import Policy
from journeyman.sandbox.requested_folders import FolderRefusedError, RequestedFolders


class Disk:
    """A home with a project; `folders` judges for commands in it."""

    def __init__(self, top: Path) -> None:
        self.home, self.work = top / "home", top / "home/work"
        made = (
            "work/.git/hooks", ".ssh", ".config/app", ".zsh/plugins", ".cachet", ".cache/pip", "bin", ".jm/sessions",
            "tool/bin", "tool/share", "many/one/.git", "many/plain", "repo/.git", "repo/vendor/x/.git", "repo/.github/workflows",
            "bare.git/objects", "bare.git/refs", "bare.git/hooks", "plain/\u202edir", "denied/in", "site/.VSCode",
        )  # fmt: skip
        for name in made:
            (self.home / name).mkdir(parents=True)
        (self.home / "bare.git/HEAD").write_text("ref: refs/heads/main\n")
        (self.home / "file").write_text("")
        (self.work / "out").symlink_to(self.home / ".ssh")
        env = {"HOME": str(self.home), "PATH": f"/usr/bin:{self.home}/bin:{self.home}/tool/bin"}
        policy = Policy(writable_roots=(str(self.work),), protected_paths=(str(self.home / ".jm"),))
        denied = [str(self.home / "denied/in")]
        self.folders = RequestedFolders(policy, env, str(self.work), denied)

    def refusal(self, path: str) -> str:
        """Why nobody can be asked for it; empty where one can."""
        try:
            self.folders.check(self.folders.real(path))
        except FolderRefusedError as error:
            return str(error)
        return ""


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("~", "the home folder"),
        ("..", "the home folder"),
        ("../..", "the home folder"),
        ("/", "the home folder"),
        ("/var", "the system's"),
        ("/etc", "the system's"),
        ("/usr/local/lib", "the system's"),
        ("~/.ssh", "what is started or obeyed"),
        ("out", "what is started or obeyed"),
        ("~/.config", "what is started or obeyed"),
        ("~/.config/app", "what is started or obeyed"),
        ("~/.zsh/plugins", "what is started or obeyed"),
        ("~/.cachet", "what is started or obeyed"),
        ("~/bin", "what is started or obeyed"),
        ("~/tool", "programs are run from"),
        ("~/tool/share", "programs are run from"),
        ("~/denied", "may not read"),
        ("~/.jm", "the agent's own files"),
        ("~/.jm/sessions", "the agent's own files"),
        (".git/hooks", "is protected"),
        (".GIT", "is protected"),
        ("~/repo/.git", "is protected"),
        ("~/repo/.github", "is protected"),
        ("~/site/.VSCode", "is protected"),
        ("~/bare.git", "a git repository's own folder"),
        ("~/bare.git/hooks", "a git repository's own folder"),
        ("~/many", "holds other repositories"),
        ("~/repo/vendor", "holds other repositories"),
        ("~/file", "not an existing folder"),
        ("~/.cache/new", "not an existing folder"),
        ("~root/x", "not an existing folder"),
    ],
)
def test_folder_that_decides_over_more_cannot_be_asked_for(disk: Disk, path: str, why: str) -> None:
    assert why in disk.refusal(path)


@pytest.mark.parametrize(
    "path",
    [
        "~/.cache/pip",
        "~/.cache",
        "~/repo",
        "~/many/plain",
        "~/plain/\u202edir",
        "~/site",
    ],
)
def test_ordinary_folder_can_be_asked_for(disk: Disk, path: str) -> None:
    assert disk.refusal(path) == ""


@pytest.mark.parametrize(
    ("path", "is_open"),
    [(".", True), ("new/deep", True), (".git/hooks", False), ("out", False), ("~/repo", False)],
)
def test_folder_in_a_writable_root_is_open_already(disk: Disk, path: str, *, is_open: bool) -> None:
    assert disk.folders.is_open(disk.folders.real(path)) == is_open


@pytest.mark.parametrize("name", [b"a\0b", b"\xff"])
def test_path_that_no_protocol_could_carry_cannot_be_asked_for(disk: Disk, name: bytes) -> None:
    with pytest.raises(FolderRefusedError, match="no path that can be asked for"):
        disk.folders.real(os.fsdecode(name))
