"""Real projects and their checkpoints: real git, in the real sandbox."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from journeyman.clock import SystemClock
from journeyman.sandbox.launcher import system_launcher
from journeyman.workspace.api import Moment
from journeyman.workspace.checkpoints.project import Project, project_around
from journeyman.workspace.checkpoints.records import Checkpoint, Limits
from journeyman.workspace.checkpoints.surroundings import Surroundings

# A repository with some of everything that can be lost.
FULL_REPOSITORY = r"""
git init -q -b main .
printf '*.log\nbuild/\n' >.gitignore
echo one >tracked; mkdir -p 'deep er/dir'; echo two >'deep er/dir/file'; printf '#!/bin/sh\n' >tool; chmod 755 tool
git add -A; git commit -q -m first
git branch other; git tag v1
git checkout -q other; echo other >only-there; git add -A; git commit -q -m second; git checkout -q main
echo stashed >>tracked; git stash -q
echo edited >>'deep er/dir/file'; echo staged >staged; git add staged
echo new >untracked; echo secret >ignored.log; chmod 600 ignored.log; mkdir -m 700 build; echo b >build/out
ln -s tracked link; ln -s /nowhere/at/all dangling; mkdir empty
printf weird >"$(printf 'a\nb\tc')"; printf bytes >"$(printf '\377\376')"; echo dash >-rf
mkdir nested; (cd nested; git init -q -b main; echo n >n; git add n; git commit -q -m nested; echo m >m)
"""


class Place:
    """A project folder, and everything needed to take checkpoints of it."""

    def __init__(self, folder: Path, surroundings: Surroundings) -> None:
        self.folder = folder
        self.root = folder / "project"
        self.root.mkdir()
        self.surroundings = surroundings
        self.calls = 0

    def project(self, limits: Limits | None = None) -> Project:
        around = msgspec.structs.replace(self.surroundings, limits=limits or Limits())
        return project_around(str(self.root), around)

    def moment(self, turn: str = "turn") -> Moment:
        self.calls += 1
        return Moment(
            cwd=str(self.root),
            thread_id="thread",
            turn_id=turn,
            call_id=f"call-{self.calls}",
            reason=f"command {self.calls}",
        )

    async def take(self, turn: str = "turn") -> Checkpoint:
        return (await self.project().take(self.moment(turn)))[0]

    def run(self, script: str) -> str:
        """Run a script as the user would."""
        env = {"PATH": os.defpath, "HOME": str(self.folder), "GIT_CONFIG_GLOBAL": "/dev/null"}
        for role in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{role}_NAME": "A", f"GIT_{role}_EMAIL": "a@example.org"}
        done = subprocess.run(
            ["/bin/bash", "-ec", script], cwd=self.root, env=env, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def open_files(self) -> list[Path]:
        """What of the project this process has open."""
        links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return [link for link in links if link.is_relative_to(self.root)]

    def content(self) -> dict[bytes, tuple[str, bytes]]:
        """Everything in the project but git's objects: path -> (permissions, bytes or target)."""
        found: dict[bytes, tuple[str, bytes]] = {}
        top = os.fsencode(self.root)
        for directory, directories, names in os.walk(top):
            if b"objects" in directories and b"HEAD" in names:
                directories.remove(b"objects")
            for name in (*directories, *names):
                path = os.path.join(directory, name)  # noqa: PTH118 -- pathlib has no paths of bytes
                mode = os.lstat(path).st_mode
                data = b""
                if stat.S_ISLNK(mode):
                    data = os.fsencode(os.readlink(os.fsdecode(path)))  # noqa: PTH115 -- pathlib has no paths of bytes
                elif stat.S_ISREG(mode):
                    data = Path(os.fsdecode(path)).read_bytes()
                found[path.removeprefix(top + b"/")] = (stat.filemode(mode), data)
        return found

    def objects(self) -> str:
        """Every object that refs, stash, logs and index reach; fails when one is missing."""
        self.run("git fsck --full --no-dangling")
        return self.run("git rev-list --objects --all --reflog --indexed-objects | sort")

    @property
    def store(self) -> Path:
        (store,) = (self.folder / "home" / "checkpoints").iterdir()
        return store


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    launcher = system_launcher(os.defpath)
    yield Place(
        tmp_path,
        Surroundings(
            launcher=launcher, home=tmp_path / "home", path=os.defpath, clock=SystemClock()
        ),
    )
    launcher.close()


@pytest.fixture
def repository(place: Place) -> Place:
    place.run(FULL_REPOSITORY)
    return place
