"""Shows the agent repair a small package: `make demo`.

Owns the stage (a fresh copy of examples/demo, an agent home of its own) and the proof at the end:
the diff and the tests are taken from the files by this script, not from what the agent says.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "demo"
JM = Path(sys.executable).with_name("jm")
REQUEST = "make the tests pass"
COLOURS = {"bold": "1", "red": "31", "green": "32", "cyan": "36"}
NEXT_STEPS = """\
Now on a repository of your own, with any model:

  OPENAI_API_KEY=... {jm} exec -s workspace-write -C path/to/repo "fix the failing tests"

or a local Ollama server (no key):

  {jm} exec -s workspace-write -m ollama/qwen3-coder -C path/to/repo "fix the failing tests"

or any server with the Responses API, named in ~/.journeyman/config.toml:

  [model_providers.mine]
  name = "Mine"
  base_url = "http://localhost:8000/v1"
  wire_api = "responses"

  {jm} exec -s workspace-write -m mine/some-model -C path/to/repo "fix the failing tests"

or again without any model:

  {jm} exec -s workspace-write -m offline/repair -C path/to/repo "make the tests pass"
"""


def main() -> int:
    """Run the demonstration. Return 0 when the tests are green and only the package changed."""
    stage = Path(tempfile.mkdtemp(prefix="journeyman-demo-"))
    repository = stage / "billing"
    shutil.copytree(EXAMPLE, repository, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    before = read_sources(repository)

    heading(f"A package with a bug: {repository}")
    print(run_tests(repository)[1], flush=True)

    heading(f'jm exec -s workspace-write -m offline/repair "{REQUEST}"')
    started = time.monotonic()
    exit_code = run_agent(repository, stage / "home")
    seconds = time.monotonic() - started
    if exit_code:
        print(paint("red", f"jm exec ended with exit code {exit_code}"), file=sys.stderr)
        return exit_code

    heading("What changed")
    after = read_sources(repository)
    print(show_diff(before, after), flush=True)

    heading("The tests, run once more by this script")
    green, output = run_tests(repository)
    print(output)
    touched = [name for name in before | after if before.get(name) != after.get(name)]
    if not green or any(name.startswith("tests/") for name in touched):
        print(paint("red", "The repair did not hold."), file=sys.stderr)
        return 1
    print(paint("green", f"Repaired in {seconds:.0f} s, without a key or a network."))
    print()
    print(NEXT_STEPS.format(jm=os.path.relpath(JM)))
    return 0


def run_agent(repository: Path, home: Path) -> int:
    """Run `jm exec` with its live transcript on this terminal. Return its exit code."""
    # a home of its own: the user's config neither steers the demonstration nor keeps its thread
    environment = {**os.environ, "JOURNEYMAN_HOME": str(home)}
    home.mkdir()
    options = ["--skip-git-repo-check", "-s", "workspace-write", "-m", "offline/repair"]
    return subprocess.run(
        [str(JM), "exec", *options, "-C", str(repository), REQUEST],
        # a terminal is not read; anything else would be taken as more of the prompt
        stdin=None if sys.stdin.isatty() else subprocess.DEVNULL,
        env=environment,
        check=False,
    ).returncode


def run_tests(repository: Path) -> tuple[bool, str]:
    """Run the package's tests. Return whether they are green, and pytest's short account."""
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        check=False,
    )
    return done.returncode == 0, done.stdout.strip()


def read_sources(repository: Path) -> dict[str, str]:
    """Return every Python file of the repository by its relative name."""
    paths = sorted(repository.rglob("*.py"))
    return {path.relative_to(repository).as_posix(): path.read_text("utf-8") for path in paths}


def show_diff(before: dict[str, str], after: dict[str, str]) -> str:
    """Return a unified diff of two sets of files, coloured for a terminal."""
    lines: list[str] = []
    for name in sorted(before | after):
        old, new = (side.get(name, "").splitlines() for side in (before, after))
        lines += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(paint(colours.get(line[:1], ""), line) for line in lines) or "nothing"


def heading(text: str) -> None:
    """Print the title of the next scene."""
    print(paint("bold", f"\n== {text}"), flush=True)


def paint(colour: str, text: str) -> str:
    """Return the text in that colour where the reader wants and can see colours."""
    if colour not in COLOURS or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


if __name__ == "__main__":
    sys.exit(main())
