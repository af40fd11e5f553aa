"""Measures `true` in the sandbox beside bubblewrap with the same namespaces, in turns in one run.

    .venv/bin/python bench/sandbox_call.py [rounds]

Prints the median and 95th percentile of each in milliseconds, and the ratio of the medians to bubblewrap's.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.scratch import Scratch

_WARM_UP_ROUNDS = 5
_BARE = (
    *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--die-with-parent"),
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"),
)


async def main(rounds: int) -> None:
    """Measure and print."""
    bubblewrap = bubblewrap_programs(os.environ["PATH"])
    with _project() as directory:
        scratch = Scratch(Path(directory))
        namespaces = NamespaceLauncher(scratch=scratch)
        bubblewrap_launcher = BubblewrapLauncher(bubblewrap[:1], scratch=scratch)
        policy = Policy(writable_roots=(directory,))
        unprepared: list[float] = []
        command = Command(argv=("/bin/true",), cwd=directory, env=dict(os.environ))

        async def bare() -> None:
            words = (*_BARE, "--bind", directory, directory, "/bin/true")
            process = await asyncio.create_subprocess_exec(bubblewrap[0], *words)
            await process.wait()

        async def ours() -> None:
            await _finish(await namespaces.launch(command, policy))

        async def ours_read_only() -> None:
            await _finish(await namespaces.launch(command, Policy()))

        async def not_prepared() -> None:
            # Two at once: for the second there is no tree that was prepared.
            first = await namespaces.launch(command, policy)
            begun = time.perf_counter()
            await _finish(await namespaces.launch(command, policy))
            unprepared.append((time.perf_counter() - begun) * 1000)
            await _finish(first)

        async def with_bubblewrap() -> None:
            await _finish(await bubblewrap_launcher.launch(command, policy))

        await _compare(
            {
                "bubblewrap, bare": bare,
                "namespaces, workspace-write": ours,
                "bubblewrap backend, workspace-write": with_bubblewrap,
                "namespaces, read-only": ours_read_only,
                "namespaces, two at once": not_prepared,
            },
            rounds,
        )
        print(f"the second of two at once: median {statistics.median(unprepared):.2f} ms")
        namespaces.close()
        bubblewrap_launcher.close()


@contextmanager
def _project() -> Generator[str]:
    with tempfile.TemporaryDirectory(dir=Path.home()) as directory:
        Path(directory, ".git").mkdir()
        yield directory


async def _finish(process: Process) -> None:
    output = b""
    while data := await process.read():
        output += data
    code = await process.wait()
    if code != 0:
        raise SystemExit(f"true failed in the sandbox: {code} {output.decode()}")


async def _compare(ways: dict[str, Callable[[], Awaitable[None]]], rounds: int) -> None:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + _WARM_UP_ROUNDS):
        for name, way in ways.items():
            begun = time.perf_counter()
            await way()
            if turn >= _WARM_UP_ROUNDS:
                taken[name].append((time.perf_counter() - begun) * 1000)
    base = statistics.median(taken[next(iter(ways))])
    least = min(taken[next(iter(ways))])
    for name, times in taken.items():
        median = statistics.median(times)
        late = statistics.quantiles(times, n=20)[-1]
        print(
            f"{name:38} median {median:7.2f} ms  p95 {late:7.2f} ms  {median / base:5.2f} x  least {min(times):6.2f} ms  {min(times) / least:5.2f} x"
        )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
