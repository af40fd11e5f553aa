"""Checks of the machine: sandbox, git, search, state folder, disk, terminal, network."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from urllib.parse import urlsplit

from journeyman.cli.doctor.report import Finding
from journeyman.cli.doctor.surroundings import Surroundings
from journeyman.cli.providers import with_address
from journeyman.cli.search_program import find_ripgrep
from journeyman.config.errors import ConfigError
from journeyman.sandbox.deny_read import agent_secrets
from journeyman.sandbox.launcher import system_launcher
from journeyman.sandbox.programs import program_in
from journeyman.workspace.repository import find_root

_GIB = 1 << 30
_LOW_DISK_BYTES, _NO_DISK_BYTES = 5 * _GIB, _GIB
_CONNECT_SECONDS = 5.0


def sandbox(at: Surroundings) -> Finding:
    """Which sandbox confines commands here; tried with a command of our own in `/`."""

    async def choose() -> Finding:
        launcher = system_launcher(at.path, deny_read=agent_secrets(str(at.home)))
        try:
            choice = await launcher.choice()
        finally:
            launcher.close()
        details = {"backend": choice.name or "none", **dict(choice.refused)}
        if choice.name is None:
            return Finding(
                status="fail",
                summary="no sandbox works here: no command of a model will run",
                details=details,
                remediation=choice.fix,
            )
        if choice.degraded:
            return Finding(
                status="warning",
                summary=f"{choice.name} cannot hold everything: commands may only read",
                details=details,
                remediation=choice.fix,
            )
        return Finding(status="ok", summary=f"{choice.name} confines commands", details=details)

    return asyncio.run(choose())


def git(at: Surroundings) -> Finding:
    """Whether there is git, for checkpoints and diffs; it is not run."""
    found = program_in(at.path, "git")
    root = find_root(at.process.directory)
    details = {"git": found or "none", "repository": str(root) if root else "none"}
    if found is None:
        return Finding(
            status="warning",
            summary="git is not on PATH",
            details=details,
            remediation="install it (apt install git)",
        )
    return Finding(status="ok", summary=found, details=details)


def search(at: Surroundings) -> Finding:
    """Whether there is ripgrep, for finding files by name; it is not run."""
    found = find_ripgrep(at.path)
    if found is None:
        return Finding(
            status="warning",
            summary="ripgrep is missing: files cannot be found by name",
            remediation="reinstall Journeyman, or install ripgrep (apt install ripgrep)",
        )
    return Finding(status="ok", summary=found, details={"search command": found})


def state(at: Surroundings) -> Finding:
    """Whether the home folder can be written, by this user alone."""
    home = at.home
    details = {"home": str(home), "exists": str(home.exists()).lower()}
    folder = home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            status="fail",
            summary=f"cannot write in {folder}: {error.strerror}",
            details=details,
            remediation="make it yours and writable, or set JOURNEYMAN_HOME to a folder that is",
        )
    open_files = [
        str(path)
        for name in ("auth.json", "provider_keys.json", "mcp_credentials.json", "app-server.token")
        if (path := home / name).exists() and path.stat().st_mode & 0o077
    ]
    if open_files:
        return Finding(
            status="warning",
            summary="others can read secrets",
            details=details,
            remediation=f"chmod 600 {' '.join(open_files)}",
        )
    return Finding(status="ok", summary="the home folder is writable", details=details)


def disk(at: Surroundings) -> Finding:
    """How much space is left for threads and checkpoints."""
    folder = at.home
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    details = {"free": f"{free / _GIB:.1f} GiB", "folder": str(folder)}
    if free < _LOW_DISK_BYTES:
        return Finding(
            status="fail" if free < _NO_DISK_BYTES else "warning",
            summary=f"little space is left ({details['free']})",
            details=details,
            remediation="free some; [checkpoints] in config.toml bounds what old states take",
        )
    return Finding(status="ok", summary=f"{details['free']} free", details=details)


def terminal(at: Surroundings) -> Finding:
    """What the terminal says of itself."""
    environment = at.process.environment
    details = {
        "TERM": environment.get("TERM", "not set"),
        "NO_COLOR": environment.get("NO_COLOR", "not set"),
        "locale": environment.get("LC_ALL") or environment.get("LANG") or "not set",
        "stdin, stdout, stderr are a terminal": ", ".join(_yes(os.isatty(fd)) for fd in range(3)),
    }
    return Finding(status="ok", summary=f"TERM={details['TERM']}", details=details)


def network_settings(at: Surroundings) -> Finding:
    """Proxies and certificates that requests to models use."""
    environment = at.process.environment
    names = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    proxies = [n for name in names for n in (name, name.upper()) if environment.get(n)]
    ca_file = environment.get("SSL_CERT_FILE")
    details = {
        "proxy variables": ", ".join(proxies) or "none",
        "SSL_CERT_FILE": ca_file or "not set",
    }
    if ca_file and not os.access(ca_file, os.R_OK):
        return Finding(
            status="fail",
            summary="SSL_CERT_FILE cannot be read",
            details=details,
            remediation="name a readable file of certificates, or unset it",
        )
    return Finding(status="ok", summary="network settings are readable", details=details)


def reachability(at: Surroundings) -> Finding:
    """Whether the provider's address accepts connections; only where the user asked for it."""
    try:
        provider = with_address(at.provider(), at.process.environment)
    except (ConfigError, LookupError) as error:
        return Finding(status="fail", summary="the provider has no address", remediation=str(error))
    if not provider.base_url:
        return Finding(status="ok", summary="the provider needs no network")
    host, port = address_of(provider.base_url)
    details = {"provider": provider.id, "host": host, "port": str(port)}

    async def connect() -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()

    try:
        asyncio.run(connect())
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or "no answer"
        return Finding(
            status="fail",
            summary=f"{host}:{port} cannot be reached: {reason}",
            details=details,
            remediation="check network, proxy, firewall and base_url; is a local server running?",
        )
    return Finding(status="ok", summary=f"{host}:{port} accepts connections", details=details)


def address_of(url: str) -> tuple[str, int]:
    """Host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _yes(value: bool) -> str:  # noqa: FBT001 -- the one thing it formats
    return "yes" if value else "no"
