"""What a layout and a policy become, without a look at the disk."""

from __future__ import annotations

import msgspec

from journeyman.sandbox.allowance import allowance_of
from journeyman.sandbox.layout import Layout
from journeyman.sandbox.namespaces.plan import Surroundings, landlock_plan, namespace_plan
from journeyman.sandbox.policy import Limits, Policy
from journeyman.sandbox.seccomp import build_filter
from journeyman.sandbox.usage import Memory

LAYOUT = Layout(
    hidden=("/run", "/tmp"),  # noqa: S108 -- names only
    shown=("/run/resolve",),
    writable=("/home/u/w", "/tmp/w"),  # noqa: S108 -- names only
    protected=("/home/u/w/.git",),
)
AROUND = Surroundings(
    machine="x86_64",
    homes=("/", "/home/u", "/home/u/inner", "/tmp/home", "/proc/1"),  # noqa: S108 -- names only
    sockets=("/home/u/.docker.sock", "/home/u/w/x.sock", "/run/bus", "/var/lib/db.sock"),
    unreadable=("/home/u/.ssh", "/home/u/w/deep/key", "/tmp/key"),  # noqa: S108 -- names only
    scratch="/scratch",
    allowance=allowance_of(Limits(), Memory(free=1000, shared=7), {"/home/u/w": 4000}),
)


def test_plan_overlays_homes_and_masks_only_what_nothing_else_hides() -> None:
    plan = namespace_plan(LAYOUT, Policy(), AROUND)
    assert plan["view"] == {
        "hidden": ["/run", "/tmp"],  # noqa: S108 -- names only
        "temporary": "/scratch",
        "shown": ["/run/resolve"],
        "overlaid": ["/home/u"],
        "writable": ["/home/u/w", "/tmp/w"],  # noqa: S108 -- names only
        "pinned": ["/home/u/w/deep"],
        "protected": ["/home/u/w/.git"],
        "masked": ["/home/u/.ssh", "/home/u/w/deep/key", "/home/u/w/x.sock", "/var/lib/db.sock"],
        "temporary_bytes": 750,
    }


def test_plan_says_the_same_to_landlock_and_sets_the_limits() -> None:
    limits = Limits(processes=6, file_bytes=7)
    plan = namespace_plan(LAYOUT, Policy(limits=limits), AROUND)
    written = ["/run", "/tmp", "/home/u/w", "/tmp/w", "/dev/shm", "/dev/mqueue"]  # noqa: S108 -- names only
    assert plan["landlock"] == [
        ("/", "read"),
        ("/proc", "device"),
        ("/dev", "device"),
        *((path, "write") for path in written),
    ]
    assert plan["limits"] == {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 7, "RLIMIT_NPROC": 6}
    assert (plan["allowance"], plan["network"]) == (AROUND.allowance, False)


def test_plan_gives_no_named_sockets_when_they_cannot_be_hidden() -> None:
    plan = namespace_plan(LAYOUT, Policy(), msgspec.structs.replace(AROUND, overlay=False))
    expected = build_filter("x86_64", sockets="namespace", unix_sockets=False)
    assert (plan["view"]["overlaid"], plan["filter"]) == ([], expected.hex())
    assert "/home/u/.docker.sock" in plan["view"]["masked"]


def test_degraded_plan_has_rules_instead_of_a_view_and_counts_no_processes_of_the_user() -> None:
    plan = landlock_plan(LAYOUT, Policy(), AROUND, ["/usr"])
    assert not any(plan["view"].values())
    assert plan["landlock"][:5] == [
        ("/", "list"),
        ("/usr", "read"),
        ("/home/u/w", "write"),
        ("/tmp/w", "write"),  # noqa: S108 -- names only
        ("/scratch", "write"),
    ]
    assert plan["limits"] == {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 1 << 30}
    assert plan["filter"] == build_filter("x86_64", sockets="none").hex()
