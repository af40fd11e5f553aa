from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Say, Step, patch, run

# The design's budget is 4,700 tokens; a token of such text is about four bytes.
BUDGET_BYTES = 4 * 4_700

CONFIG = """
model = "gpt-5.5"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "{base_url}"
"""


def exec_once(provider: MockProvider, folder: Path) -> str:
    """What one run of the product prints, with an empty home and an empty project."""
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    (home / "config.toml").write_text(CONFIG.format(base_url=provider.base_url))
    command = [Path(sys.executable).with_name("jm"), "exec", "--skip-git-repo-check", "do it"]
    done = subprocess.run(
        command,
        cwd=work,
        env={"JOURNEYMAN_HOME": str(home), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_first_request_stays_within_its_budget_and_prefixes_are_stable(tmp_path: Path) -> None:
    steps = [
        Step(items=[Say("I look.", phase="commentary"), run("echo hi"), run("echo ho")]),
        Step(items=[patch("*** Begin Patch\n*** End Patch")]),
        Step(items=[Say("done")]),
    ]
    with MockProvider(*steps) as provider:
        assert exec_once(provider, tmp_path) == "done\n"
        provider.check()
        assert (len(provider.requests), provider.connections) == (3, 1)
    assert len(provider.requests[0].body) <= BUDGET_BYTES
