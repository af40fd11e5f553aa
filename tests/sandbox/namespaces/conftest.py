"""The real launcher, as this user and, where that is root, with a zygote of an ordinary one."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

import journeyman
from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.namespaces.request import Confinement
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.scratch import Scratch

ORDINARY_UID = 12_345
_SYSTEM_PYTHON = "/usr/bin/python3"
_AS_USER = (
    *("/usr/bin/setpriv", "--reuid", str(ORDINARY_UID), "--regid", str(ORDINARY_UID)),
    *("--clear-groups", _SYSTEM_PYTHON),
)


class Bench:
    """A project directory and a launcher to run commands in it."""

    def __init__(self, project: Path, scratch: Scratch, python: tuple[str, ...]) -> None:
        self.project = project
        self.python = python
        self.scratch = scratch
        self.launcher = self.make()
        self.workspace = Policy(writable_roots=(str(project),))

    def make(self, confinement: Confinement = "namespaces") -> NamespaceLauncher:
        return NamespaceLauncher(
            # As in the product: the clone may lie where the sandbox hides everything.
            readable=(sys.prefix, str(Path(journeyman.__file__).parents[1])),
            scratch=self.scratch,
            confinement=confinement,
            python=self.python,
        )

    def command(
        self, script: str, *, tty: bool = False, stdin: bool = False, home: str = "/nonexistent"
    ) -> Command:
        return Command(
            argv=("/bin/bash", "-c", script),
            cwd=str(self.project),
            env={"PATH": os.defpath + ":/usr/local/bin", "HOME": home},
            tty=tty,
            stdin=stdin,
        )

    async def run(
        self, script: str, policy: Policy | None = None, *, home: str = "/nonexistent"
    ) -> tuple[int, str]:
        command = self.command(script, home=home)
        process = await self.launcher.launch(command, policy or self.workspace)
        return await self.outcome(process)

    async def outcome(self, process: Process) -> tuple[int, str]:
        output = b""
        while data := await process.read():
            output += data
        return await process.wait(), output.decode()

    def zygote_environment(self) -> bytes:
        return Path(f"/proc/{self.zygote_pid()}/environ").read_bytes()

    def zygote_pid(self) -> int:
        return self.launcher._zygote._pid  # pyright: ignore[reportPrivateUsage] -- nobody else needs it

    def listing(self) -> list[str]:
        """What is in the project once all commands have ended."""
        self.launcher.close()
        return sorted(path.name for path in self.project.iterdir())


@pytest.fixture(params=["me", "ordinary-user"] if os.geteuid() == 0 else ["me"])
def bench(request: pytest.FixtureRequest, reachable: Path, project: Path) -> Generator[Bench]:
    python = (sys.executable,)
    scratch = Scratch(reachable)
    if request.param == "ordinary-user":
        package = Path(journeyman.__file__).parent
        open_to_all = all(path.stat().st_mode & 0o001 for path in (package, *package.parents))
        if not Path(_SYSTEM_PYTHON).exists() or not open_to_all:
            pytest.skip("another user can reach no Python, or not the package")
        python = _AS_USER
        scratch = Scratch(reachable, mode=0o777)
        os.chown(project, ORDINARY_UID, ORDINARY_UID)
    made = Bench(project, scratch, python)
    yield made
    made.launcher.close()
