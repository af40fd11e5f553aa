"""The seccomp filter, run by an interpreter of its language, for both machines."""

from __future__ import annotations

import errno
import struct

import pytest

from journeyman.sandbox.seccomp import Sockets, build_filter
from journeyman.sandbox.syscalls import AUDIT_ARCHITECTURES, NUMBERS

ALLOW, KILL, ERROR = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
MACHINES = sorted(NUMBERS)
READ = {"x86_64": 0, "aarch64": 63}
NEW_USER, SIGCHLD, THREAD = 0x1000_0000, 17, 0x003D_0F00
UNIX, INET, INET6, NETLINK, PACKET, VSOCK, ALG = 1, 2, 10, 16, 17, 40, 38
STREAM, DATAGRAM, CLOSE_ON_EXEC = 1, 2, 0o2000000


def run(program: bytes, number: int, arguments: tuple[int, ...], architecture: int) -> int:
    """What the kernel would do: the filter language of seccomp, as far as ours uses it."""
    six = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("=IIQ6Q", number, architecture, 0, *six)
    instructions = list(struct.iter_unpack("=HBBI", program))
    at = accumulator = 0
    while True:
        code, jump_true, jump_false, value = instructions[at]
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        else:
            tests = {0x15: accumulator == value, 0x35: accumulator >= value}
            holds = tests[code] if code in tests else bool(accumulator & value)
            assert code in {0x15, 0x35, 0x45}
            at += jump_true if holds else jump_false


def verdict(
    machine: str, name: str, *arguments: int, sockets: Sockets = "namespace", unix: bool = True
) -> str:
    number = READ[machine] if name == "read" else NUMBERS[machine][name]
    program = build_filter(machine, sockets=sockets, unix_sockets=unix)
    result = run(program, number, arguments, AUDIT_ARCHITECTURES[machine])
    return "allowed" if result == ALLOW else errno.errorcode[result - ERROR]


@pytest.mark.parametrize("machine", MACHINES)
def test_filter_says_what_it_is_meant_to_for_each_call(machine: str) -> None:
    cases = {
        ("read",): "allowed",
        ("ptrace",): "allowed",
        ("mount",): "EPERM",
        ("setns",): "EPERM",
        ("keyctl",): "EPERM",
        ("chroot",): "EPERM",
        ("clone3",): "ENOSYS",
        ("io_uring_setup",): "ENOSYS",
        ("bpf",): "ENOSYS",
        ("move_mount",): "ENOSYS",
        ("clone", THREAD): "allowed",
        ("clone", SIGCHLD): "allowed",
        ("clone", NEW_USER | SIGCHLD): "EPERM",
        ("unshare", 0x400): "allowed",
        ("unshare", 0x80): "EPERM",
        ("unshare", NEW_USER): "EPERM",
        ("ioctl", 0, 0x5401): "allowed",
        ("ioctl", 0, 0x5412): "EPERM",
        ("personality", 0xFFFF_FFFF): "allowed",
        ("personality", 0x0040_0000): "EPERM",
        ("mknodat", 0, 0, 0o10644): "allowed",
        ("mknodat", 0, 0, 0o20644): "EPERM",
        ("mknodat", 0, 0, 0o60644): "EPERM",
        ("socket", UNIX, DATAGRAM): "allowed",
        ("socket", INET, STREAM | CLOSE_ON_EXEC): "allowed",
        ("socket", INET6, DATAGRAM): "allowed",
        ("socket", NETLINK, 3, 0): "allowed",
        ("socket", NETLINK, 3, 15): "EAFNOSUPPORT",
        ("socket", PACKET, 3): "EAFNOSUPPORT",
        ("socket", VSOCK, STREAM): "EAFNOSUPPORT",
        ("socket", ALG, 5): "EAFNOSUPPORT",
        ("socketpair", UNIX, STREAM): "allowed",
        ("socketpair", 30, STREAM): "EAFNOSUPPORT",
    }
    assert {case: verdict(machine, *case) for case in cases} == cases  # type: ignore[arg-type] -- a name, then numbers


def test_filter_finds_every_call_it_names_and_no_other() -> None:
    denied: dict[str, set[str]] = {}
    for machine in MACHINES:
        program = build_filter(machine, sockets="namespace")
        names = {number: name for name, number in NUMBERS[machine].items()}
        architecture = AUDIT_ARCHITECTURES[machine]
        found = {n for n in range(600) if run(program, n, (), architecture) != ALLOW}
        denied[machine] = {names[number] for number in found}
    # Where their numbers lie differs, and so does the way to each.
    shared = NUMBERS["x86_64"].keys() & NUMBERS["aarch64"].keys()
    assert denied["x86_64"] & shared == denied["aarch64"] & shared
    assert {"mount", "umount2", "clone3", "open_tree_attr", "kexec_load"} < denied["aarch64"]


@pytest.mark.parametrize("machine", MACHINES)
def test_filter_leaves_no_way_out_when_there_is_no_network_namespace(machine: str) -> None:
    cases = {
        ("socket", UNIX, STREAM | CLOSE_ON_EXEC): "allowed",
        ("socket", UNIX, DATAGRAM): "EAFNOSUPPORT",
        ("socket", INET, STREAM): "EAFNOSUPPORT",
        ("socket", NETLINK, 3, 0): "EAFNOSUPPORT",
        ("connect",): "EPERM",
        ("ptrace",): "EPERM",
        ("prlimit64", 0): "allowed",
        ("prlimit64", 1): "EPERM",
        ("setpriority", 0, 1): "EPERM",
    }
    found = {case: verdict(machine, *case, sockets="none") for case in cases}  # type: ignore[arg-type] -- a name, then numbers
    assert found == cases


def test_filter_gives_only_pairs_when_named_sockets_cannot_be_hidden() -> None:
    found = [verdict("x86_64", name, UNIX, STREAM, unix=False) for name in ("socket", "socketpair")]
    assert found == ["EAFNOSUPPORT", "allowed"]


def test_filter_knows_no_other_calling_convention() -> None:
    program = build_filter("x86_64", sockets="namespace")
    socket = NUMBERS["x86_64"]["socket"]
    intel_32, native = 0x4000_0003, AUDIT_ARCHITECTURES["x86_64"]
    assert run(program, 4, (), intel_32) == KILL
    assert run(program, 0x4000_0000 + socket, (UNIX,), native) == ERROR | errno.ENOSYS
