"""What the sandbox stands: a flood of output, many commands at once, and the end of a large tree.

    .venv/bin/python bench/sandbox_load.py [gigabytes]

Prints seconds and the largest resident sets; returns 1 where memory grew with the output, a command was
lost or a process was left.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path

from journeyman.sandbox.api import Command, Process
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import Policy

_MIB = 1 << 20
_MOST_GROWTH_MIB = 20
_AT_ONCE = 60
_TREE = 200


async def main(gigabytes: int) -> int:
    """Measure and print."""
    launcher = NamespaceLauncher()
    with tempfile.TemporaryDirectory(dir=Path.home()) as directory:
        policy = Policy(writable_roots=(directory,))

        async def start(script: str) -> Process:
            command = Command(argv=("/bin/bash", "-c", script), cwd=directory, env=dict(os.environ))
            return await launcher.launch(command, policy)

        await _drained(await start("true"))
        good = [
            await _flood(await start(f"head -c {gigabytes}G /dev/zero"), gigabytes),
            await _many([start("echo $$") for _ in range(_AT_ONCE)]),
            await _end(
                await start(
                    f"for i in $(seq {_TREE}); do setsid sleep 7654321 & done; echo begun; wait"
                )
            ),
        ]
    launcher.close()
    return 0 if all(good) else 1


async def _flood(process: Process, gigabytes: int) -> bool:
    before = _peak_mib()
    begun = time.perf_counter()
    count = await _drained(process)
    seconds = time.perf_counter() - begun
    growth = _peak_mib() - before
    print(
        f"output flood    {count / _MIB:,.0f} MiB in {seconds:.1f} s, peak memory grew by {growth:.1f} MiB"
    )
    return count == gigabytes << 30 and growth < _MOST_GROWTH_MIB


async def _many(starts: list[Coroutine[None, None, Process]]) -> bool:
    begun = time.perf_counter()
    outputs = await asyncio.gather(*(_answer(start) for start in starts))
    print(f"at once         {len(outputs)} commands in {time.perf_counter() - begun:.2f} s")
    return all(outputs)


async def _answer(start: Coroutine[None, None, Process]) -> bool:
    return await _drained(await start) > 0


async def _end(process: Process) -> bool:
    await process.read()
    begun = time.perf_counter()
    await process.kill()
    seconds = time.perf_counter() - begun
    left = _left()
    print(f"kill of a tree  {_TREE} processes gone after {seconds * 1000:.0f} ms, {left} left")
    return left == 0


async def _drained(process: Process) -> int:
    count = 0
    while data := await process.read():
        count += len(data)
    await process.wait()
    return count


def _left() -> int:
    return sum(b"sleep\x007654321" in _command_line(path) for path in Path("/proc").iterdir())


def _command_line(path: Path) -> bytes:
    try:
        return (path / "cmdline").read_bytes() if path.name.isdigit() else b""
    except OSError:
        return b""


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)))
