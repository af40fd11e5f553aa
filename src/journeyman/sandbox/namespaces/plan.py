"""Compiles a layout and a policy into what the zygote does. Pure: no look at the disk.

The first layer is the view of the file system, the second one Landlock rules that say the same, the third
resource limits and the system call filter.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from journeyman.sandbox.layout import Layout, is_below, pinned_directories
from journeyman.sandbox.namespaces.request import Access, Plan, View
from journeyman.sandbox.policy import Limits, Policy
from journeyman.sandbox.seccomp import build_filter
from journeyman.sandbox.usage import Allowance

# The command's own ones.
_PRIVATE = ("/dev/shm", "/dev/mqueue")  # noqa: S108 -- names inside of the view
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
# Nobody's home, or mounted by the sandbox itself.
_NOT_OVERLAID = ("/proc", "/sys", "/dev")


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the launcher found on this machine; paths are absolute and without links."""

    machine: str
    homes: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    scratch: str | None = None
    allowance: Allowance
    overlay: bool = True


def namespace_plan(layout: Layout, policy: Policy, around: Surroundings) -> Plan:
    """The plan for namespaces with Landlock and seccomp."""
    view = _view(layout, around)
    program = build_filter(
        around.machine,
        sockets="host" if policy.network_access else "namespace",
        # Without the overlay a socket made after launch could be reached.
        unix_sockets=around.overlay,
    )
    limits = {**_limits(policy.limits), "RLIMIT_NPROC": policy.limits.processes}
    return Plan(
        confinement="namespaces",
        network=policy.network_access,
        view=view,
        landlock=_rules_inside(layout),
        limits=limits,
        allowance=around.allowance,
        filter=program.hex(),
    )


def landlock_plan(
    layout: Layout, policy: Policy, around: Surroundings, readable: Iterable[str]
) -> Plan:
    """The plan for Landlock and seccomp alone; `readable` is everything but what may not be read."""
    writable = [*layout.writable, *([around.scratch] if around.scratch else [])]
    view = View(
        hidden=[],
        temporary=None,
        shown=[],
        overlaid=[],
        writable=[],
        pinned=[],
        protected=[],
        masked=[],
        temporary_bytes=0,
    )
    rules: list[tuple[str, Access]] = [("/", "list")]
    rules.extend((path, "read") for path in readable)
    rules.extend((path, "write") for path in writable)
    devices = (f"/dev/{name}" for name in _DEVICES)
    rules.extend((path, "device") for path in devices if path not in around.unreadable)
    return Plan(
        confinement="landlock",
        network=policy.network_access,
        view=view,
        landlock=rules,
        # Processes are counted per user here, so the limit is left to the watching parent.
        limits=_limits(policy.limits),
        allowance=around.allowance,
        filter=build_filter(
            around.machine, sockets="host" if policy.network_access else "none"
        ).hex(),
    )


def _view(layout: Layout, around: Surroundings) -> View:
    overlaid = _overlaid(layout, around)
    covered = (*layout.hidden, *overlaid)
    masked = {path for path in around.unreadable if path not in covered and not layout.hides(path)}
    masked.update(
        path
        for path in around.sockets
        if is_below(path, layout.writable) or not (layout.hides(path) or is_below(path, overlaid))
    )
    return View(
        hidden=list(layout.hidden),
        temporary=around.scratch,
        shown=list(layout.shown),
        overlaid=overlaid,
        writable=list(layout.writable),
        pinned=pinned_directories(layout, masked),
        protected=list(layout.protected),
        masked=sorted(masked),
        temporary_bytes=around.allowance["memory_bytes"],
    )


def _overlaid(layout: Layout, around: Surroundings) -> list[str]:
    if not around.overlay:
        return []
    homes = {
        home
        for home in around.homes
        if home != "/"
        and home not in (*layout.hidden, *_NOT_OVERLAID)
        and not is_below(home, (*layout.hidden, *_NOT_OVERLAID))
        and not any(is_below(path, (home,)) for path in (*layout.hidden, *_NOT_OVERLAID))
    }
    return sorted(home for home in homes if not is_below(home, homes))


def _rules_inside(layout: Layout) -> list[tuple[str, Access]]:
    rules: list[tuple[str, Access]] = [("/", "read"), ("/proc", "device"), ("/dev", "device")]
    rules.extend((path, "write") for path in (*layout.hidden, *layout.writable, *_PRIVATE))
    return rules


def _limits(limits: Limits) -> dict[str, int]:
    return {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": limits.file_bytes}
