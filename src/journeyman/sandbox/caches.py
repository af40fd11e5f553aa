"""Where programs keep what they can make again: led to a command's own /tmp where they may not write it.

Without a place to write to some programs do not run at all; others do without, or read what is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple


class _Place(NamedTuple):
    """Where a cache is when no variable says: below the home directory; and below the temporary one."""

    at_home: str
    name: str


_WRITTEN = {
    "GOCACHE": _Place(".cache/go-build", "go-build"),
    "UV_CACHE_DIR": _Place(".cache/uv", "uv"),
    "CCACHE_DIR": _Place(".cache/ccache", "ccache"),
    "JUPYTER_RUNTIME_DIR": _Place(".local/share/jupyter/runtime", "jupyter"),
    "DOTNET_CLI_HOME": _Place(".dotnet", "dotnet"),
}
# Read only, these still spare downloads, if there is anything; where a command can download, it must be able
# to keep.
_FILLED = {
    "XDG_CACHE_HOME": _Place(".cache", "."),
    "PIP_CACHE_DIR": _Place(".cache/pip", "pip"),
    "npm_config_cache": _Place(".npm", "npm"),
    "YARN_CACHE_FOLDER": _Place(".cache/yarn", "yarn"),
    "GOMODCACHE": _Place("go/pkg/mod", "go-mod"),
    "CARGO_HOME": _Place(".cargo", "cargo"),
}


def with_caches(
    env: Mapping[str, str],
    writable_roots: tuple[str, ...],
    tmp: str,
    *,
    downloads: bool = False,
    is_there: Callable[[str], bool] = os.path.isdir,
) -> dict[str, str]:
    """`env` for a command whose temporary directory is `tmp`; with `downloads` it may fetch something.

    `is_there` says whether a directory exists.
    """
    changed = dict(env)
    home = env.get("HOME", "")
    for name, place in (_WRITTEN | _FILLED).items():
        now = env.get(name) or f"{home}/{place.at_home}"
        if any(f"{now}/".startswith(f"{root}/") for root in writable_roots):
            continue
        if name in _WRITTEN or downloads or not is_there(now):
            changed[name] = f"{tmp}/cache" if place.name == "." else f"{tmp}/cache/{place.name}"
    return changed
