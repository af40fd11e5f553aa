"""A web server on loopback that some names lead to, and a confined command that may reach it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.proxy.origin import ADDRESS, Origin, origin

import journeyman
from journeyman.sandbox.api import Command, NetworkRefused
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import NetworkRules, Policy

PATH = "/usr/local/bin:/usr/bin:/bin"
LOOPBACK = "127.0.0.1"


class Names:
    """A resolver that knows some names and remembers what it was asked."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.known: dict[str, Sequence[str]] = dict(names)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.known:
            raise OSError(f"no such name: {host}")
        return self.known[host]


class Confined:
    """Runs scripts in a project that may reach what its rules say."""

    def __init__(self, project: Path, backend: str) -> None:
        self.project = project
        self.names = Names()
        self.refused: list[NetworkRefused] = []
        self.approve = False
        self.rules = NetworkRules()
        # As in the product: the clone may lie where the sandbox hides everything.
        readable = self.readable = (
            sys.prefix,
            sys.base_prefix,
            str(Path(journeyman.__file__).parent),
        )
        if backend == "namespaces":
            self.launcher = NamespaceLauncher(readable=readable, resolve=self._resolve)
        else:
            programs = bubblewrap_programs(PATH)[:1]
            self.launcher = BubblewrapLauncher(programs, readable=readable, resolve=self._resolve)

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        return await self.names(host, port)

    async def _on_refused(self, event: NetworkRefused) -> bool:
        self.refused.append(event)
        return self.approve

    async def start(
        self, script: str, env: Mapping[str, str] | None = None, *, tty: bool = False
    ) -> Any:
        command = Command(
            argv=("/bin/bash", "-c", script),
            cwd=str(self.project),
            env={"PATH": PATH, "HOME": "/nonexistent", **(env or {})},
            tty=tty,
        )
        policy = Policy(writable_roots=(str(self.project),), network_rules=self.rules)
        return await self.launcher.launch(command, policy, self._on_refused)

    async def run(self, script: str, **env: str) -> tuple[int, str]:
        process = await self.start(script, env)
        output = b""
        while data := await process.read():
            output += data
        return await process.wait(), output.decode()

    def why(self) -> list[str]:
        """The rules that refused something."""
        return [event.rule for event in self.refused]


@pytest.fixture(params=["namespaces", "bubblewrap"])
def confined(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Confined]:
    project = tmp_path / "project"
    project.mkdir()
    confined = Confined(project, request.param)
    yield confined
    confined.launcher.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Origin]:
    root = tmp_path / "web"
    root.mkdir()
    (root / "hello").write_text("hello\n")
    try:
        with origin(root) as it:
            yield it
    except PermissionError:
        pytest.skip("ports below 1024 are not for this user")


@pytest.fixture
def site(confined: Confined, web: Origin) -> Origin:
    """The servers under the names of *.test, which the rules of `confined` allow."""
    hosts = ("web.test", "pypi.test", "git.test", "npm.test", "elsewhere.example")
    confined.names.known |= {host: [ADDRESS] for host in hosts}
    confined.rules = NetworkRules(allow=("*.test", ADDRESS), deny=("evil.test",))
    return web
