"""What a checkpoint costs beside `git status`, alternating, in a repository of many unchanged files.

The budget: the median of unchanged snapshots is at most 1.5 times that of `git status` in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from journeyman.clock import SystemClock
from journeyman.sandbox.launcher import system_launcher
from journeyman.workspace.api import Moment
from journeyman.workspace.checkpoints.project import Project, project_around
from journeyman.workspace.checkpoints.surroundings import Surroundings

_BUDGET = 1.5
_FILES_PER_DIRECTORY = 100
# Newer files cost extra looks, here and in git: their times do not tell yet whether they changed.
_SETTLE_SECONDS = 3


def main() -> int:
    """Print the figures; return 1 when the budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--folder", help="where to make the repository; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        return asyncio.run(_measure(Path(folder), given.files, given.pairs))


async def _measure(folder: Path, files: int, pairs: int) -> int:
    root = folder / "project"
    _make_repository(root, files)
    path = os.environ.get("PATH", os.defpath)
    launcher = system_launcher(path)
    around = Surroundings(launcher=launcher, home=folder / "home", path=path, clock=SystemClock())
    project = project_around(str(root), around)
    first = await _take(project)
    time.sleep(_SETTLE_SECONDS)  # noqa: ASYNC251 -- nothing else runs
    await _take(project)
    statuses: list[float] = []
    snapshots: list[float] = []
    for _ in range(pairs):
        statuses.append(_git_status(root))
        snapshots.append(await _take(project))
    launcher.close()
    ratio = statistics.median(snapshots) / statistics.median(statuses)
    print(f"{files} files, {pairs} pairs, seconds as median (least to most)")
    print(f"first snapshot      {first:.2f}")
    print(f"git status          {_spread(statuses)}")
    print(f"unchanged snapshot  {_spread(snapshots)}")
    print(f"ratio               {ratio:.2f} (budget {_BUDGET})")
    return 0 if ratio <= _BUDGET else 1


def _make_repository(root: Path, files: int) -> None:
    for number in range(files):
        directory = root / f"part{number // 4000}" / f"folder{number // _FILES_PER_DIRECTORY}"
        if number % _FILES_PER_DIRECTORY == 0:
            directory.mkdir(parents=True)
        text = f"# file {number}\n" + "value = 1\n" * 40
        (directory / f"file{number}.py").write_text(text)
    # Its own clean-up would run beside the first measurements.
    who = [
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=false",
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@example.org",
    ]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "all"], ["gc", "-q"]):
        subprocess.run(["git", *words], cwd=root, check=True)


async def _take(project: Project) -> float:
    moment = Moment(
        cwd=str(project.root), thread_id="bench", turn_id="bench", call_id="", reason="bench"
    )
    started = time.perf_counter()
    await project.take(moment)
    return time.perf_counter() - started


def _git_status(root: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["git", "status"], cwd=root, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    sys.exit(main())
