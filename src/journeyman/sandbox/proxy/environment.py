"""What programs must be told to go through the proxy. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from journeyman.sandbox.caches import with_caches

# Where `namespace_listener.py` listens.
PROXY_HOST, PROXY_PORT = "127.0.0.1", 3128

_URL = f"http://{PROXY_HOST}:{PROXY_PORT}"
# The command's own servers are reached as they are.
_DIRECT = "localhost,127.0.0.1,::1"
_NAMES = ("http_proxy", "https_proxy", "all_proxy")
_PROXY = {
    **dict.fromkeys(_NAMES, _URL),
    **{name.upper(): _URL for name in _NAMES},
    "no_proxy": _DIRECT,
    "NO_PROXY": _DIRECT,
    # Over what their own configuration files say:
    "PIP_PROXY": _URL,
    "npm_config_proxy": _URL,
    "npm_config_https_proxy": _URL,
    "npm_config_noproxy": _DIRECT,
    "CARGO_HTTP_PROXY": _URL,
    # Node 22.21 and 24 on; older ones ignore proxies in fetch.
    "NODE_USE_ENV_PROXY": "1",
}


def proxied_environment(
    env: Mapping[str, str], writable_roots: tuple[str, ...], tmp: str | None
) -> dict[str, str]:
    """`env` for a command behind the proxy.

    `tmp` is the command's own temporary directory, where caches go that are not below a writable root;
    None leaves them where they are.
    """
    changed = {**env, **_PROXY}
    return changed if tmp is None else with_caches(changed, writable_roots, tmp, downloads=True)
