"""What no confined command may read: keys, tokens and cookies, and what the user adds. Names only.

A backend that cannot hide a path from a command does not offer confinement at all.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.homes import home_directories
from journeyman.sandbox.ignored import IgnoredPaths
from journeyman.sandbox.policy import Policy

# Below the home directory; what is a directory is hidden as a whole.
_IN_HOME = (
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".config/gcloud",
    ".oci",
    ".bluemix",
    ".kube",
    ".docker/config.json",
    ".config/containers/auth.json",
    ".config/doctl",
    ".config/rclone",
    ".config/op",
    ".config/gh",
    ".config/glab-cli",
    ".config/hub",
    ".config/github-copilot",
    ".netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".pypirc",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".gem/credentials",
    ".terraform.d/credentials.tfrc.json",
    ".vault-token",
    ".databrickscfg",
    ".pgpass",
    ".my.cnf",
    ".password-store",
    ".local/share/keyrings",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".mozilla",
    ".thunderbird",
    ".codex/auth.json",
    ".claude/.credentials.json",
    ".gemini/oauth_creds.json",
    ".local/share/opencode/auth.json",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".node_repl_history",
    ".psql_history",
    ".mysql_history",
)
# Readable where the agent runs as root.
_OF_THE_SYSTEM = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssl/private",
)
_IN_AGENT_HOME = ("auth.json", "provider_keys.json", "mcp_credentials.json", "app-server.token")


class ReadDenials:
    """Finds for each command what it may not read."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take absolute patterns that hold for every command, beside the keys in home directories."""
        self._patterns = tuple(patterns)
        self._ignored = IgnoredPaths()

    def paths(self, policy: Policy, env: Mapping[str, str], cwd: str) -> tuple[str, ...]:
        """What is there now, without links, parents before children.

        Raises:
            ConfinementError: what a project denies cannot be found out.
        """
        patterns = (
            *default_deny_read(home_directories(env)),
            *self._patterns,
            *policy.deny_read,
        )
        denied = unreadable_paths(patterns)
        if policy.ignore is None:
            return denied
        in_projects = self._ignored.find((cwd, *policy.writable_roots), policy.ignore)
        if not in_projects:
            return denied
        return tuple(sorted({*denied, *map(os.path.realpath, in_projects)}))

    def reader(self, policy: Policy, env: Mapping[str, str], cwd: str) -> Callable[[str], bool]:
        """Says of absolute paths whether the agent may read them for the model, as a command might now."""
        denied: list[tuple[str, ...] | None] = []

        def may_read(path: str) -> bool:
            if not policy.confined:
                return True
            if not denied:
                try:
                    denied.append(self.paths(policy, env, cwd))
                except ConfinementError:
                    denied.append(None)
            real, found = os.path.realpath(path), denied[0]
            return found is not None and not any(
                real == other or real.startswith(f"{other}/") for other in found
            )

        return may_read


def default_deny_read(homes: Iterable[str]) -> tuple[str, ...]:
    """The patterns for these home directories, as far as there is anything, and the system."""
    found = [f"{glob.escape(home)}/{name}" for home in homes for name in _names_in(home)]
    return (*found, *_OF_THE_SYSTEM)


def _names_in(home: str) -> Iterable[str]:
    """Those of `_IN_HOME` that may be there: one look at the directory instead of one for each."""
    try:
        there = {name.casefold() for name in os.listdir(home)}  # noqa: PTH208 -- names only, for every command
    except OSError:
        return _IN_HOME
    return [name for name in _IN_HOME if name.split("/", 1)[0] in there]


def agent_secrets(agent_home: str) -> tuple[str, ...]:
    """The patterns for the agent's own directory."""
    return tuple(f"{glob.escape(agent_home)}/{name}" for name in _IN_AGENT_HOME)


def unreadable_paths(patterns: Iterable[str]) -> tuple[str, ...]:
    """What these patterns name on this disk now, without links, parents before children.

    What this user cannot read anyway is left out.
    """
    found: set[str] = set()
    for pattern in patterns:
        plain = pattern.rstrip("/")
        is_pattern = any(character in plain for character in "*?[")
        matches = Path("/").glob(plain.lstrip("/")) if is_pattern else [plain]
        found.update(os.path.realpath(path) for path in matches if os.access(path, os.R_OK))
    return tuple(sorted(found))
