"""Builds a command's environment from the user's: no secrets, nothing that waits for a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

# A name is secret when one of its words says so; agents' sockets open what they guard.
_SECRET = re.compile(
    r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|COOKIE|_PAT$|^PAT$|_PWD$"
    r"|AUTH_SOCK|AGENT_INFO|^SSH_ASKPASS$|^DBUS_SESSION_BUS_ADDRESS$|_AUTH$|^AUTH_|_DSN$|WEBHOOK"
)
_CORE = frozenset(
    ("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
)
# Pagers and credential prompts would wait for a person who is not there. Colour is left to the programs:
# they see no terminal and stay plain, and NO_COLOR would also change what a project's tests print.
_QUIET = {
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GH_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_NO_INPUT": "1",
    "TERM": "dumb",
}
# Programs may ask whether an agent runs them, as CI does.
MARKER = "JOURNEYMAN_SANDBOX"


class EnvironmentPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What commands inherit: `shell_environment_policy` of the config.

    Patterns are globs, matched without regard to case. The order is: inherit, default excludes, exclude,
    set, include_only.
    """

    inherit: Literal["all", "core", "none"] = "all"
    ignore_default_excludes: bool = False
    exclude: tuple[str, ...] = ()
    include_only: tuple[str, ...] = ()
    set: Mapping[str, str] = {}


def command_environment(
    user: Mapping[str, str],
    policy: EnvironmentPolicy | None = None,
    *,
    programs_directory: str | None = None,
) -> dict[str, str]:
    """The environment of the model's commands.

    `programs_directory` is appended to PATH, so that it never hides a program of the user's.
    """
    policy = policy or EnvironmentPolicy()
    env = {name: value for name, value in user.items() if _kept(name, policy)}
    env.update(_QUIET)
    env.update(policy.set)
    if policy.include_only:
        env = {n: v for n, v in env.items() if n in _QUIET or _matches(n, policy.include_only)}
    env[MARKER] = "1"
    if programs_directory:
        env["PATH"] = ":".join(filter(None, (env.get("PATH"), programs_directory)))
    return env


def is_secret(name: str) -> bool:
    """Whether a variable of this name is taken to hold a secret."""
    return _SECRET.search(name.upper()) is not None


def _kept(name: str, policy: EnvironmentPolicy) -> bool:
    if policy.inherit == "none":
        return False
    if policy.inherit == "core" and name not in _CORE and not name.startswith("LC_"):
        return False
    if not policy.ignore_default_excludes and is_secret(name):
        return False
    return not _matches(name, policy.exclude)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.upper(), pattern.upper()) for pattern in patterns)
