"""What a command may use, worked out when it starts: by default most of what the machine has free then.

So a real build lives, and the machine does as well. Who is over it is ended by whoever watches (usage.py).
"""

from __future__ import annotations

from journeyman.sandbox.policy import Limits, Policy
from journeyman.sandbox.usage import Allowance, Memory, disk_bytes, memory


def allowance(policy: Policy) -> Allowance:
    """What a command under `policy` may use now."""
    # By this name commands see their private directory, which is on the same disk.
    private = ("/tmp",) if policy.private_tmp else ()  # noqa: S108 -- only looked at
    written = (*policy.writable_roots, *private)
    free = {path: found for path in written if (found := disk_bytes(path)) is not None}
    return allowance_of(policy.limits, memory(), free)


def allowance_of(limits: Limits, now: Memory, free_on: dict[str, int]) -> Allowance:
    """The same of what is known already: memory, and bytes free by directory. Pure."""
    return Allowance(
        processes=limits.processes,
        process_memory_bytes=limits.process_memory_bytes,
        memory_bytes=_most(limits.memory_bytes, now.free),
        shared_before=now.shared,
        disks={
            path: max(0, free - _most(limits.disk_bytes, free)) for path, free in free_on.items()
        },
    )


def _most(limit: int | None, free: int) -> int:
    return free * 3 // 4 if limit is None else limit
