"""What in /proc is the whole machine's: root may write there even without any capability, in every namespace.

Such as the program that the kernel starts when something crashes (core_pattern): who sets it runs anything
as root, outside. Standard library only: the zygote imports it.
"""

from __future__ import annotations

import os


def writable_by_root() -> list[str]:
    """The paths at the top of /proc that must be read-only to a command of root; none for other users."""
    if os.getuid() != 0:
        return []
    return sorted(entry.path for entry in os.scandir("/proc") if _is_of_the_machine(entry))


def _is_of_the_machine(entry: os.DirEntry[str]) -> bool:
    if entry.name.isdigit() or entry.is_symlink():
        return False
    return entry.is_dir() or bool(entry.stat().st_mode & 0o222)
