"""Confines this process by Landlock: a second layer in a sandbox of namespaces, the only one without them.

Rules follow include/uapi/linux/landlock.h; what an older kernel cannot restrict is left out.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from journeyman.sandbox.namespaces.request import Access
from journeyman.sandbox.namespaces.zygote import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1, 2, 4, 8
_MAKE_DEVICES = 1 << 6 | 1 << 11
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_FIRST_VERSION = (1 << 13) - 1
_READ = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_TCP = 3  # bind and connect
_SCOPES = 3  # abstract sockets and signals
_RULE_PATH_BENEATH = 1
_ASK_VERSION = 1


def version() -> int:
    """The kernel's Landlock version; 0 when it has none."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(rules: Iterable[tuple[str, Access]], *, tcp: bool) -> None:
    """Allow only `rules` from now on, for this process and its children; call after no_new_privs.

    What does not exist is skipped, so it stays forbidden. Without `tcp` no TCP socket is bound or
    connected, where the kernel can tell.

    Raises:
        OSError: the kernel has no Landlock or refuses.
    """
    has = version()
    handled = _handled(has)
    network = 0 if tcp or has < 4 else _TCP
    words = struct.pack("QQQ", handled, network, _SCOPES if has >= 6 else 0)
    size = 8 if has < 4 else 16 if has < 6 else 24
    ruleset = kernel.call("landlock_create_ruleset", words, size, 0)
    for path, access in rules:
        _add(ruleset, path, _rights(access) & handled)
    kernel.call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def _handled(has: int) -> int:
    handled = _FIRST_VERSION
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE)):
        if has >= since:
            handled |= right
    return handled


def _rights(access: Access) -> int:
    if access == "read":
        return _READ
    if access == "list":
        return _READ_DIRECTORY
    if access == "device":
        return _READ_FILE | _READ_DIRECTORY | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE
    return (_FIRST_VERSION | _REFER | _TRUNCATE | _IOCTL_DEVICE) & ~_MAKE_DEVICES


def _add(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        rights &= _OF_FILES
    try:
        kernel.call(
            "landlock_add_rule", ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, fd), 0
        )
    finally:
        os.close(fd)
