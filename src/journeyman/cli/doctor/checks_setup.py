"""Checks of what was installed and configured: program, configuration, keys, MCP servers."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping

from journeyman import __version__
from journeyman.auth.credentials import masked
from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import credentials, kept_key, provider_key
from journeyman.cli.doctor.report import Finding
from journeyman.cli.doctor.surroundings import Surroundings
from journeyman.cli.providers import api_key, aws_signer, with_address
from journeyman.config.check import permissions_without_effect
from journeyman.config.errors import ConfigError
from journeyman.config.features import warnings_about
from journeyman.config.load import CONFIG_FILE
from journeyman.config.settings import McpServerTable
from journeyman.models.providers import DEFAULT_PROVIDER, AwsLogin, Provider
from journeyman.sandbox.programs import program_in


def installation(at: Surroundings) -> Finding:
    """Which program runs, and whether the shell would find the same."""
    found = program_in(at.path, "jm")
    details = {
        "version": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "jm on PATH": found or "none",
    }
    if found is None:
        return Finding(
            status="warning",
            summary="jm is not on PATH",
            details=details,
            remediation=f"add {os.path.dirname(sys.executable)} to PATH",  # noqa: PTH120 -- of a string that is shown
        )
    return Finding(status="ok", summary=f"version {__version__}", details=details)


def config(at: Surroundings) -> Finding:
    """Whether the configuration can be used."""
    details = {"home": str(at.home), CONFIG_FILE: str(at.home / CONFIG_FILE)}
    error = at.config_error
    if isinstance(error, ConfigError):
        return Finding(
            status="fail",
            summary=f"the configuration cannot be used: {error.what}",
            details={**details, "where": error.where},
            remediation=error.fix,
        )
    loaded = at.loaded
    details["keys set"] = str(len(loaded.provenance))
    details["places"] = ", ".join(dict.fromkeys(loaded.provenance.values())) or "the defaults"
    warnings = [
        *warnings_about(loaded.settings),
        *permissions_without_effect(loaded.provenance),
    ]
    if warnings:
        return Finding(
            status="warning",
            summary="config loaded",
            details=details,
            remediation="; ".join(warnings),
        )
    return Finding(status="ok", summary="config loaded", details=details)


def auth(at: Surroundings) -> Finding:
    """Whether the provider of the configured model has the key that it needs."""
    if at.config_error is not None:
        return Finding(status="warning", summary="unknown while the configuration cannot be used")
    settings = at.settings
    try:
        provider = at.provider()
        place = (
            credentials(at.process, settings)
            if provider.requires_openai_auth
            else provider_key(at.process, settings, provider.id)
        )
        kept = kept_key(at.process, settings)(with_address(provider, at.process.environment))
    except LookupError as error:
        summary = f"there is no provider {settings.model_provider}"
        return Finding(status="fail", summary=summary, remediation=str(error.args[0]))
    except ConfigError as error:
        return Finding(status="fail", summary=error.what, remediation=error.fix)
    except AuthError as error:
        return Finding(status="fail", summary="the kept key cannot be read", remediation=str(error))
    details = {
        "provider": provider.id,
        "kept by jm login": masked(kept) if kept else "none",
        "kept in": place.where(),
        "variable": f"{provider.env_key or 'none'}{_set(provider.env_key, at.process.environment)}",
    }
    return _key_finding(provider, kept, details, at.process.environment)


def _key_finding(
    provider: Provider, kept: str | None, details: dict[str, str], environment: Mapping[str, str]
) -> Finding:
    if provider.auth is not None:
        summary = f"a command gives the key for {provider.id}"
        return Finding(status="ok", summary=summary, details=details)
    if api_key(provider, environment, lambda _: kept):
        return Finding(status="ok", summary=f"there is a key for {provider.id}", details=details)
    if provider.aws is not None:
        return _aws_finding(provider, provider.aws, details, environment)
    if not provider.env_key and not provider.requires_openai_auth:
        return Finding(status="ok", summary=f"{provider.id} needs no key", details=details)
    ways = [f"set {provider.env_key}"] if provider.env_key else []
    whose = "" if provider.id == DEFAULT_PROVIDER else f"--provider {provider.id} "
    ways += [f"run jm login {whose}--with-api-key"]
    return Finding(
        status="fail",
        summary=f"there is no key for {provider.id}",
        details=details,
        remediation=f"{' or '.join(ways)}; -m offline/repair needs none",
    )


def _aws_finding(
    provider: Provider, login: AwsLogin, details: dict[str, str], environment: Mapping[str, str]
) -> Finding:
    try:
        aws_signer(provider, login, environment).sign("POST", provider.base_url, b"")
    except AuthError as error:
        summary = f"there is neither a key nor AWS credentials for {provider.id}"
        return Finding(status="fail", summary=summary, details=details, remediation=str(error))
    summary = f"requests to {provider.id} are signed with AWS credentials"
    return Finding(status="ok", summary=summary, details=details)


def _set(name: str | None, environment: Mapping[str, str]) -> str:
    if not name:
        return ""
    return " (set)" if environment.get(name) else " (not set)"


def mcp(at: Surroundings) -> Finding:
    """Whether the configured MCP servers name programs and variables that are there."""
    servers = at.settings.mcp_servers
    missing = {
        name: problem
        for name, server in servers.items()
        if server.enabled and (problem := _mcp_problem(server, at))
    }
    details = {"configured servers": str(len(servers)), **missing}
    if missing:
        return Finding(
            status="warning",
            summary="some MCP servers cannot start",
            details=details,
            remediation="; ".join(f"{name}: {problem}" for name, problem in missing.items()),
        )
    summary = f"{len(servers)} MCP servers are configured" if servers else "no MCP servers"
    return Finding(status="ok", summary=summary, details=details)


def _mcp_problem(server: McpServerTable, at: Surroundings) -> str | None:
    if server.url is not None:
        variable = server.bearer_token_env_var
        if variable and not at.process.environment.get(variable):
            return f"set the variable {variable}"
        return None
    if not server.command:
        return "give it a command or a url"
    if "/" not in server.command and program_in(at.path, server.command) is None:
        return f"install {server.command}, or give its whole path"
    return None
