"""Finds the home directories whose secrets and sockets a command must not reach."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Mapping
from pathlib import Path


def home_directories(env: Mapping[str, str]) -> tuple[str, ...]:
    """Those that exist of the environment's and this user's own, without links."""
    homes = [env.get("HOME", "/")]
    with contextlib.suppress(KeyError):  # a user without an entry has no other home
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    real = {os.path.realpath(home) for home in homes if home.startswith("/")}
    return tuple(sorted(home for home in real if home != "/" and Path(home).is_dir()))
