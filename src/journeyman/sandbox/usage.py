"""What commands use of the machine: memory and processes, read from /proc, and the disks they write to.

Standard library only: the zygote imports it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_GIBIBYTE = 1 << 30


class Allowance(TypedDict):
    """What one command may use, as it is when it starts."""

    processes: int
    process_memory_bytes: int
    memory_bytes: int
    shared_before: int  # bytes that the machine's processes had in common
    disks: dict[str, int]  # by a directory: the bytes that must stay free on the disk below it


class Memory(NamedTuple):
    """Bytes: what can be used before the machine begins to swap, and what processes have in common.

    That is what lies in memory and belongs to none of them: private directories, files without a name.
    """

    free: int
    shared: int


def memory() -> Memory:
    """What the machine has now."""
    found: dict[str, int] = {}
    with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 -- as below
        for line in file:
            name, _, rest = line.partition(":")
            if name in {"MemAvailable", "Shmem"}:
                found[name] = int(rest.split()[0]) * 1024
    everything = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES
    return Memory(found.get("MemAvailable", everything), found.get("Shmem", 0))


def disk_bytes(directory: str) -> int | None:
    """What is free on the disk below `directory`; None where nobody knows."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


class Held(NamedTuple):
    """Bytes that a process has for itself, and with what it has in common with others."""

    private: int
    together: int


def held_bytes(process: str, most: int) -> Held:
    """What a process holds; what it shares is looked up only where it could be more than `most`."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{process}/statm", "rb", buffering=0) as file:  # noqa: PTH123 -- for each process, five times a second
            _, resident, shared, *_ = map(int, file.read().split())
        private = (resident - shared) * _PAGE_BYTES
        return Held(private, private + _in_common(process, most, resident * _PAGE_BYTES))
    return Held(0, 0)


def _in_common(process: str, most: int, resident: int) -> int:
    if resident <= most:
        return 0
    # Files of programs and libraries count as shared as well; these are the rest.
    with open(f"/proc/{process}/status", "rb", buffering=0) as file:  # noqa: PTH123 -- for a process that may be too large
        _, _, rest = file.read().partition(b"RssShmem:")
    return int(rest.split()[0]) * 1024 if rest else 0


def descendants(pid: int) -> list[str]:
    """The processes below `pid`."""
    from journeyman.sandbox.supervisor import (  # noqa: PLC0415 -- it loads ctypes, which the agent mostly does not need
        children_of,
    )

    found: list[str] = []
    waiting = [pid]
    while waiting:
        below = children_of(waiting.pop())
        waiting += below
        found += map(str, below)
    return found


def excess(
    processes: Sequence[str], allowance: Allowance, in_directories: int = 0
) -> tuple[str, str] | None:
    """What is over a limit, and the key that would allow more.

    Args:
        processes: the ids of all of a command's processes.
        allowance: what they may use.
        in_directories: bytes in its private directories that lie in memory.
    """
    if len(processes) > allowance["processes"]:
        return f"it ran more than {allowance['processes']} processes", "processes"
    most_of_one = allowance["process_memory_bytes"]
    held = [held_bytes(process, most_of_one) for process in processes]
    if max((one.together for one in held), default=0) > most_of_one:
        size = most_of_one / _GIBIBYTE
        return f"a process used more than {size:.1f} GiB of memory", "process_memory_bytes"
    # What has no name and is mapped nowhere is seen in the sum for the machine only.
    shared = max(in_directories, memory().shared - allowance["shared_before"])
    most = allowance["memory_bytes"]
    if shared + sum(one.private for one in held) > most:
        return f"it used more than {most / _GIBIBYTE:.1f} GiB of memory", "memory_bytes"
    return _full_disk(allowance["disks"])


def _full_disk(disks: dict[str, int]) -> tuple[str, str] | None:
    for directory, least in disks.items():
        free = disk_bytes(directory)
        if free is not None and free < least:
            size = least / _GIBIBYTE
            return f"it left less than {size:.1f} GiB free below {directory}", "disk_bytes"
    return None
