"""`jm` as a real process, in a home of its own, with a scripted provider as its model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from journeyman.testing.mock_provider import MockProvider

_CONFIG = """
model = "gpt-5.5"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "{base_url}"
env_key = "MOCK_KEY"
request_max_retries = 0
stream_max_retries = 1
"""
_TIMEOUT_SECONDS = 50


class Program:
    """Runs `jm`; change `env` and the file `config` before a run as a test needs.

    Attributes:
        home: the state folder, with a config.toml that names the provider.
        work: the empty directory that runs begin in.
        env: the whole environment of the process.
        wrapper: words before the command, such as those of `unshare`.
    """

    def __init__(self, folder: Path, provider: MockProvider) -> None:
        """Make the folders in the empty `folder`."""
        self.home, self.work, self.provider = folder / "home", folder / "work", provider
        self.home.mkdir()
        self.work.mkdir()
        self.config = self.home / "config.toml"
        self.config.write_text(_CONFIG.format(base_url=provider.base_url))
        self.wrapper: list[str] = []
        self.env = {
            "PATH": os.defpath,
            "HOME": str(folder),
            "JOURNEYMAN_HOME": str(self.home),
            "MOCK_KEY": "test-key",
        }

    def start(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start it; `options` are those of `Popen`."""
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": self.work,
            "env": self.env,
        }
        command = [*self.wrapper, sys.executable, "-m", "journeyman", *args]
        return subprocess.Popen[bytes](command, **given | options)

    def run(
        self, *args: str, stdin: bytes | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, with `stdin` piped in; the working directory is `WORK` in stderr."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*args, **options)
        out, err = process.communicate(stdin, timeout=_TIMEOUT_SECONDS)
        stderr = err.decode().replace(str(self.work), "WORK")
        return subprocess.CompletedProcess(args, process.returncode, out.decode(), stderr)

    def exec(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """As `run`, `jm exec` outside of a repository."""
        return self.run("exec", "--skip-git-repo-check", *args, **options)

    def events(self, *args: str, **options: Any) -> list[dict[str, Any]]:
        """The events of `jm exec --json`."""
        lines = self.exec("--json", *args, **options).stdout.splitlines()
        return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]

    def asked(self, number: int = -1) -> dict[str, Any]:
        """The body of a request that the provider got."""
        return self.provider.requests[number].json

    def user_texts(self, number: int = -1) -> list[str]:
        """What the user said in a request, without the fragments that the core adds."""
        return [
            part["text"]
            for item in self.asked(number)["input"]
            if item.get("role") == "user"
            for part in item["content"]
            if part["type"] == "input_text" and not part["text"].startswith("<environment_context>")
        ]
