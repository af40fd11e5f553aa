"""The memory of a running process and everything it started, as the kernel shares it out.

Owns reading /proc. PSS counts a shared page once over all who share it, so a sum over a tree is fair
to programs of one process and of many. Linux only.
"""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from pathlib import Path

SAMPLE_SECONDS = 0.01  # the shortest sandboxed call takes about three of these


def peak_pss_bytes(process: subprocess.Popen[bytes]) -> int:
    """Sample the tree below the process until it ends. Return the largest sum seen, in bytes."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(pss_bytes(pid) for pid in tree(process.pid)))
        time.sleep(SAMPLE_SECONDS)
    return peak


def tree(root: int) -> list[int]:
    """Return the process ids of the root and all its descendants, as far as they still live."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := parent_of(entry)) is not None:
            children[parent].append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(children[pid])
    return found


def parent_of(entry: Path) -> int | None:
    """Return the parent's id, or None where the process is gone."""
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # the name in parentheses may hold spaces and parentheses: fields count from the last one
    return int(stat.rpartition(")")[2].split()[1])


def pss_bytes(pid: int) -> int:
    """Return the proportional set size of one process; 0 where it is gone or not readable."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
