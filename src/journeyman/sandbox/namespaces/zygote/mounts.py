"""Builds the file system that a command sees, in a mount namespace of its own.

The order is the meaning: everything becomes read-only, private directories and overlays cover what others
own, copies of what is shown or writable are put on top, and last what is protected or masked inside them.
What does not depend on the command is done before there is one. Paths are looked up without following links, so that a command that runs beside cannot
turn a mount elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from journeyman.sandbox.namespaces.request import View
from journeyman.sandbox.namespaces.zygote import kernel

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
)
# Root may write to these of every process namespace.
_PROC_OF_THE_MACHINE = ("sys", "sysrq-trigger", "irq", "bus")
# Places to mount on.
TEMPORARY = "/tmp"  # noqa: S108 -- made private here
SHARED_MEMORY = "/dev/shm"  # noqa: S108 -- made private here
# Two empty, unreadable things: what masks are copies of.
_BLANK_DIRECTORY = "/dev/blank"
_BLANK_FILE = "/dev/blank-file"
# How mountinfo writes what would break its lines.
_ESCAPE = re.compile(rb"[ \t\n\\]")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_SEALED = kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV


def prepare_view() -> None:
    """Make everything read-only, with devices and processes of its own.

    No later mount or unmount of the host comes through, and none of ours goes out.
    """
    kernel.make_private("/")
    kernel.restrict_mounts("/", kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID, recursive=True)
    _make_devices()
    _mount_proc()


def build_view(view: View) -> None:
    """Turn a prepared mount namespace into `view`; raises `OSError` when anything fails."""
    writable = {path: _writable_tree(path) for path in view["writable"]}
    temporary = _writable_tree(view["temporary"]) if view["temporary"] else None
    shown = {path: kernel.clone_tree(path) for path in view["shown"]}
    is_directory = {path: os.path.isdir(path) for path in shown}
    for path in view["hidden"]:
        _hide(path, view, temporary)
    for path in view["overlaid"]:
        _overlay(path)
    for path, tree in shown.items():
        _make_target(path, is_directory=is_directory[path])
        kernel.place_tree(tree, path)
    for path, tree in writable.items():
        _make_target(path, is_directory=True)
        kernel.place_tree(tree, path)
    for path in view["pinned"]:
        kernel.place_tree(kernel.clone_tree(path), path)
    for path in view["protected"]:
        tree = kernel.clone_tree(path)
        kernel.change_tree(tree, set_=_SEALED)
        kernel.place_tree(tree, path)
    _mask(view["masked"])


def _writable_tree(path: str) -> int:
    """A copy of what is at `path`, writable again where the host has it so."""
    tree = kernel.clone_tree(path)
    plain = kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV
    try:
        kernel.change_tree(tree, set_=plain, clear=kernel.MOUNT_READ_ONLY, recursive=True)
    except PermissionError:
        # Something below is read-only on the host, and the kernel keeps it so: all below stays so then.
        kernel.change_tree(tree, set_=plain, clear=0, recursive=True)
        kernel.change_tree(tree, set_=plain, clear=kernel.MOUNT_READ_ONLY, recursive=False)
    return tree


def _make_devices() -> None:
    devices = {name: kernel.clone_tree(f"/dev/{name}") for name in _DEVICES}
    flags = kernel.MS_NOSUID | kernel.MS_NOEXEC
    kernel.mount("tmpfs", "/dev", flags, "mode=755,size=64k,nr_inodes=64")
    for name, tree in devices.items():
        _touch(f"/dev/{name}")
        kernel.place_tree(tree, f"/dev/{name}")
    for name, target in _DEVICE_LINKS:
        os.symlink(target, f"/dev/{name}")
    os.mkdir(_BLANK_DIRECTORY, 0)
    _touch(_BLANK_FILE, 0)
    os.mkdir("/dev/pts")
    os.mkdir(SHARED_MEMORY)
    kernel.mount("devpts", "/dev/pts", flags, "newinstance,ptmxmode=0666,mode=620")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", SHARED_MEMORY, flags, "mode=1777,size=50%")
    kernel.restrict_mounts("/dev", kernel.MOUNT_READ_ONLY, recursive=False)


def _hide(path: str, view: View, temporary: int | None) -> None:
    if path == TEMPORARY and temporary is not None:
        kernel.place_tree(temporary, path)
        return
    options = f"mode=1777,size={view['temporary_bytes']}"
    kernel.mount("tmpfs", path, kernel.MS_NOSUID | kernel.MS_NODEV, options)


def _overlay(path: str) -> None:
    """Cover `path` by an overlay of itself: sockets in it become other inodes, where nobody listens."""
    inner = {below: tree for below in _mounts_below(path) if (tree := _try_clone(below))}
    # Without an upper directory there must be two lower ones.
    lower = path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
    flags = kernel.MS_READ_ONLY | kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("overlay", path, flags, f"lowerdir={lower}:{_BLANK_DIRECTORY}")
    for below, tree in inner.items():
        kernel.place_tree(tree, below)


def _try_clone(path: str) -> int | None:
    try:
        return kernel.clone_tree(path)
    except OSError:
        return None  # such as another user's FUSE; it stays covered


def _mounts_below(path: str) -> list[str]:
    """The topmost mounts below `path`; what is below them comes with them."""
    start = _ESCAPE.sub(_escape, os.fsencode(path)) + b"/"
    found: list[str] = []
    with open("/proc/self/mountinfo", "rb", buffering=0) as file:
        lines = file.readall().splitlines()
    for line in lines:
        point = line.split(b" ", 5)[4]
        if point.startswith(start):
            found.append(os.fsdecode(_ESCAPED.sub(_unescape, point)))
    return [p for p in found if not any(p.startswith(other + "/") for other in found)]


def _escape(found: re.Match[bytes]) -> bytes:
    return b"\\%03o" % found[0][0]


def _unescape(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[1], 8),))


def _mask(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            os.close(kernel.open_path(path))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue  # removed meanwhile, or out of reach anyway
        blank = _BLANK_DIRECTORY if os.path.isdir(path) else _BLANK_FILE
        tree = kernel.clone_tree(blank)
        kernel.change_tree(tree, set_=_SEALED | kernel.MOUNT_NOEXEC)
        kernel.place_tree(tree, path)


def _mount_proc() -> None:
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("proc", "/proc", flags)
    for name in _PROC_OF_THE_MACHINE:
        path = f"/proc/{name}"
        # Covering them all would keep ordinary users from making a sandbox inside this one.
        if os.access(path, os.W_OK):
            tree = kernel.clone_tree(path)
            kernel.change_tree(tree, set_=_SEALED | kernel.MOUNT_NOEXEC)
            kernel.place_tree(tree, path)


def _make_target(path: str, *, is_directory: bool) -> None:
    if os.path.lexists(path):
        return
    os.makedirs(path if is_directory else os.path.dirname(path), exist_ok=True)
    if not is_directory:
        _touch(path)


def _touch(path: str, mode: int = 0o666) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, mode))
