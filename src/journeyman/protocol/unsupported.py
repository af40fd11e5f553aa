"""Methods of the reference that this program will not have, and why: a client is told, instead of `unknown`.

A prefix that ends in `/` stands for all methods below it.
"""

from __future__ import annotations

_VENDOR = "it needs an account with the vendor of another program, and this program needs none"
_PLUGINS = "there are no plugins here: MCP servers, skills and hooks do their work"
_VOICE = "there is no voice here"
_WINDOWS = "this program does not run on Windows"
_REMOTE = "connect to the server over WebSocket instead (jm app-server --listen ws://...)"

UNSUPPORTED: dict[str, str] = {
    "account/": _VENDOR,
    "accountSession/": _VENDOR,
    "app/": _VENDOR,
    "attestation/": _VENDOR,
    "feedback/": "nothing is sent to anybody: write to the project where you got it",
    "marketplace/": _PLUGINS,
    "plugin/": _PLUGINS,
    "remoteControl/": _REMOTE,
    "thread/realtime/": _VOICE,
    "userVerification/": _VENDOR,
    "windowsSandbox/": _WINDOWS,
}


def why_unsupported(method: str) -> str | None:
    """Why there is no such method, for a person; None where nothing is known of it."""
    return next((why for prefix, why in UNSUPPORTED.items() if method.startswith(prefix)), None)
