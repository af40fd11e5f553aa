"""Generates the seccomp filter: which system calls a confined command may not make. Pure.

Everything is allowed but what opens a way out or a large attack surface: namespaces, mounts, modules,
keys, io_uring, odd socket families, typing into a terminal. The kernel's filter language is classic BPF
(Documentation/userspace-api/seccomp_filter.rst). Standard library only: the zygote imports it.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from journeyman.sandbox.syscalls import AUDIT_ARCHITECTURES, NUMBERS

# "namespace": internet sockets are harmless, they end in an empty network; "host": network is granted;
# "none": there is no network namespace, so no socket may leave the process.
Sockets = Literal["namespace", "host", "none"]

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _AND = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54
_ALLOW, _KILL_PROCESS, _ERROR = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
# struct seccomp_data: number, architecture, instruction pointer, six arguments of 64 bits.
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x4000_0000

# As if the kernel were older: the C library and programs fall back to what the filter can judge.
_UNKNOWN = (
    "clone3",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "userfaultfd",
    "bpf",
    "perf_event_open",
    "fanotify_init",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "open_tree",
    "open_tree_attr",
    "move_mount",
    "mount_setattr",
    "_sysctl",
    "sysfs",
    "uselib",
    "create_module",
    "nfsservctl",
)
_FORBIDDEN = (
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setns",
    "add_key",
    "request_key",
    "keyctl",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "open_by_handle_at",
    "pidfd_getfd",
    "kcmp",
    "syslog",
    "acct",
    "quotactl",
    "quotactl_fd",
    "swapon",
    "swapoff",
    "reboot",
    "iopl",
    "ioperm",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "move_pages",
    "migrate_pages",
    "vhangup",
)
# Reach other processes of the user, who are all invisible inside a process namespace.
_OTHER_PROCESSES = ("ptrace", "process_vm_readv", "process_vm_writev")
_SOCKET_USE = ("connect", "bind", "listen", "accept", "accept4")

_NEW_NAMESPACES = 0x7E02_0000
_NEW_TIME_NAMESPACE = 0x80  # in clone() this bit belongs to the exit signal
_TIOCSTI, _TIOCLINUX, _TIOCSETD = 0x5412, 0x541C, 0x5423
_FILE_TYPE, _CHARACTER_DEVICE, _BLOCK_DEVICE = 0xF000, 0x2000, 0x6000
# Plain Linux, asking for the current one, and no address randomisation, which debuggers set.
_PERSONALITIES = (0, 0xFFFF_FFFF, 0x004_0000)
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_SOCK_TYPE, _SOCK_STREAM = 0xF, 1
# So many rules are looked through one by one.
_FEW = 3


class _Instruction(NamedTuple):
    code: int
    jump_true: int
    jump_false: int
    value: int


@cache
def build_filter(machine: str, *, sockets: Sockets, unix_sockets: bool = True) -> bytes:
    """The filter program for `machine` ("x86_64" or "aarch64"), as an array of `struct sock_filter`.

    Without `unix_sockets` a command cannot make named sockets, for a sandbox that cannot hide other
    programs' ones; pairs still work.

    Raises:
        KeyError: the machine is not known.
    """
    rules = _rules(NUMBERS[machine], sockets=sockets, unix_sockets=unix_sockets)
    program = [*_check_architecture(machine), *_search(sorted(rules.items()))]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _rules(
    numbers: Mapping[str, int], *, sockets: Sockets, unix_sockets: bool
) -> dict[int, list[_Instruction]]:
    """What is done for each call that is not simply allowed; it returns on every way."""
    rules = {number: [_error(errno.ENOSYS)] for number in _numbered(numbers, _UNKNOWN)}
    rules |= {number: [_error(errno.EPERM)] for number in _numbered(numbers, _FORBIDDEN)}
    if sockets == "none":
        others = _numbered(numbers, (*_OTHER_PROCESSES, *_SOCKET_USE))
        rules |= {number: [_error(errno.EPERM)] for number in others}
        rules[numbers["prlimit64"]] = _only(0, (0,), errno.EPERM)
        rules[numbers["setpriority"]] = _only(1, (0,), errno.EPERM)
    rules[numbers["unshare"]] = _no_bits(0, _NEW_NAMESPACES | _NEW_TIME_NAMESPACE)
    rules[numbers["clone"]] = _no_bits(0, _NEW_NAMESPACES)
    rules[numbers["ioctl"]] = _none_of(1, (_TIOCSTI, _TIOCLINUX, _TIOCSETD))
    rules[numbers["personality"]] = _only(0, _PERSONALITIES, errno.EPERM)
    for name, argument in (("mknod", 1), ("mknodat", 2)):
        if name in numbers:
            devices = (_CHARACTER_DEVICE, _BLOCK_DEVICE)
            rules[numbers[name]] = _none_of(argument, devices, mask=_FILE_TYPE)
    rules[numbers["socket"]] = _socket_families(sockets, unix_sockets=unix_sockets)
    rules[numbers["socketpair"]] = _only(0, (_UNIX,), errno.EAFNOSUPPORT)
    return rules


def _check_architecture(machine: str) -> list[_Instruction]:
    program = [
        _load(_ARCHITECTURE_AT),
        _Instruction(_EQUAL, 1, 0, AUDIT_ARCHITECTURES[machine]),
        _result(_KILL_PROCESS),
        _load(_NUMBER_AT),
    ]
    if machine == "x86_64":
        # The same calls under other numbers.
        program += [_Instruction(_AT_LEAST, 0, 1, _X32_BIT), _error(errno.ENOSYS)]
    return program


def _numbered(numbers: Mapping[str, int], names: Iterable[str]) -> list[int]:
    return [numbers[name] for name in names if name in numbers]


def _search(rules: Sequence[tuple[int, list[_Instruction]]]) -> list[_Instruction]:
    """Find the rule of a call by halves, its number being loaded; without one it is allowed.

    The kernel runs a new filter once for every call that there is, so a command would wait for a long one.
    """
    if len(rules) > _FEW:
        middle = len(rules) // 2
        below, above = _search(rules[:middle]), _search(rules[middle:])
        return [_Instruction(_AT_LEAST, len(below), 0, rules[middle][0]), *below, *above]
    program: list[_Instruction] = []
    for number, body in rules:
        program += [_Instruction(_EQUAL, 0, len(body), number), *body]
    return [*program, _result(_ALLOW)]


def _only(argument: int, values: Iterable[int], error: int) -> list[_Instruction]:
    return [*_load_argument(argument), *_return_if_any(values, _ALLOW), _error(error)]


def _none_of(argument: int, values: Iterable[int], mask: int | None = None) -> list[_Instruction]:
    masked = [] if mask is None else [_Instruction(_AND, 0, 0, mask)]
    denied = _return_if_any(values, _ERROR | errno.EPERM)
    return [*_load_argument(argument), *masked, *denied, _result(_ALLOW)]


def _no_bits(argument: int, bits: int) -> list[_Instruction]:
    return [
        *_load_argument(argument),
        _Instruction(_ANY_BIT, 0, 1, bits),
        _error(errno.EPERM),
        _result(_ALLOW),
    ]


def _socket_families(sockets: Sockets, *, unix_sockets: bool) -> list[_Instruction]:
    program = _load_argument(0)
    if sockets == "none":
        # sendmsg() names its target where no filter can see it, so datagram sockets are not given.
        stream = [
            *_load_argument(1),
            _Instruction(_AND, 0, 0, _SOCK_TYPE),
            *_return_if_any((_SOCK_STREAM,), _ALLOW),
        ]
        if unix_sockets:
            program += [_Instruction(_EQUAL, 0, len(stream), _UNIX), *stream]
    else:
        families = (_UNIX, _INET, _INET6) if unix_sockets else (_INET, _INET6)
        # Of netlink only the routing table (protocol 0), which getifaddrs() asks.
        route = [*_load_argument(2), *_return_if_any((0,), _ALLOW)]
        program += _return_if_any(families, _ALLOW)
        program += [_Instruction(_EQUAL, 0, len(route), _NETLINK), *route]
    return [*program, _error(errno.EAFNOSUPPORT)]


def _return_if_any(values: Iterable[int], result: int) -> list[_Instruction]:
    program: list[_Instruction] = []
    for value in values:
        program += [_Instruction(_EQUAL, 0, 1, value), _result(result)]
    return program


def _load(offset: int) -> _Instruction:
    return _Instruction(_LOAD, 0, 0, offset)


def _load_argument(index: int) -> list[_Instruction]:
    # The low half: no filtered argument has more than 32 bits that the kernel looks at.
    return [_load(_ARGUMENTS_AT + 8 * index)]


def _error(number: int) -> _Instruction:
    return _result(_ERROR | number)


def _result(value: int) -> _Instruction:
    return _Instruction(_RETURN, 0, 0, value)
