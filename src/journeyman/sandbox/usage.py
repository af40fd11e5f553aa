"""What commands use of the machine, read from /proc: memory that is free, memory that processes hold for themselves.

Standard library only: the zygote imports it.
"""

from __future__ import annotations

import contextlib
import os

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_GIBIBYTE = 1 << 30


def free_bytes() -> int:
    """What can be used before the machine begins to swap."""
    with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123 -- as below
        for line in file:
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES


def allowed_bytes(memory_bytes: int | None, free: int) -> int:
    """What a command may use where its limits say `memory_bytes`: by default most of what is free, so that a real build lives and the machine does as well."""
    return free * 3 // 4 if memory_bytes is None else memory_bytes


def private_bytes(process: str) -> int:
    """What a process holds for itself; nothing where it has ended."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{process}/statm", "rb", buffering=0) as file:  # noqa: PTH123 -- for each process, five times a second
            _, resident, shared, *_ = file.read().split()
        return (int(resident) - int(shared)) * _PAGE_BYTES
    return 0


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
    processes: list[str], in_directories: int, limits: tuple[int, int, int]
) -> tuple[str, str] | None:
    """What is over a limit, and the key that would allow more.

    Args:
        processes: the ids of all of a command's processes.
        in_directories: bytes in its private directories that lie in memory.
        limits: of processes, of the bytes of one, and of all bytes.
    """
    most, most_of_one, most_bytes = limits
    if len(processes) > most:
        return f"it ran more than {most} processes", "processes"
    private = [private_bytes(process) for process in processes]
    if max(private, default=0) > most_of_one:
        size = most_of_one / _GIBIBYTE
        return f"a process used more than {size:.1f} GiB of memory", "process_memory_bytes"
    if in_directories + sum(private) > most_bytes:
        return f"it used more than {most_bytes / _GIBIBYTE:.1f} GiB of memory", "memory_bytes"
    return None
