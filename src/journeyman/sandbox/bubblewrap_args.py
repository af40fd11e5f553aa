"""Compiles a layout and a command into bubblewrap's arguments. Pure: no look at the disk.

The order is the meaning: everything read-only, fresh /dev and /proc, hidden directories, what stays
visible in them, writable roots, and last the protected names inside those.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from journeyman.sandbox.layout import Layout, pinned_directories
from journeyman.sandbox.spawn import FILTER_FD, STATUS_FD

PRIVATE_TMP = "/tmp"  # noqa: S108 -- the command's own one


def bubblewrap_args(
    layout: Layout,
    *,
    reserved: Collection[str],
    scratch: str | None,
    network_access: bool,
    cwd: str,
    argv: Sequence[str],
) -> list[str]:
    """The words after `bwrap`.

    `reserved` are the protected paths that are only held, empty; `scratch` becomes /tmp; `argv` starts with a path; `cwd` exists
    in the layout.
    """
    words = ["--die-with-parent", "--json-status-fd", str(STATUS_FD)]
    words += ["--seccomp", str(FILTER_FD)]
    words += ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    words += ["--unshare-cgroup-try"]
    if not network_access:
        words.append("--unshare-net")
    words += ["--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for path in layout.hidden:
        if path == PRIVATE_TMP and scratch is not None:
            words += ["--bind", scratch, path]
        else:
            words += ["--perms", "1777", "--tmpfs", path]
    for path in layout.shown:
        words += ["--ro-bind", path, path]
    for path in layout.writable:
        words += ["--bind", path, path]
    for path in pinned_directories(layout, [path for path, _ in layout.masked]):
        words += ["--bind", path, path]
    for path in layout.protected:
        if path in reserved:
            # As good as a read-only mount of an empty directory, and made in a quarter of the time.
            words += ["--perms", "0555", "--tmpfs", path]
        else:
            words += ["--ro-bind", path, path]
    return [*words, *_masks(layout), "--chdir", cwd, "--", *argv]


def _masks(layout: Layout) -> list[str]:
    words: list[str] = []
    for path, is_directory in layout.masked:
        words += (
            ["--perms", "0000", "--tmpfs", path]
            if is_directory
            else ["--ro-bind", "/dev/null", path]
        )
    return words
