"""From the configured tables to the MCP servers of a thread, and their tool source; names the SDK's adapter."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import msgspec

from journeyman import __version__
from journeyman.auth.errors import AuthError
from journeyman.auth.mcp_sign_ins import McpSignIns
from journeyman.clock import Clock
from journeyman.config.errors import ConfigError
from journeyman.config.settings import McpServerTable, Settings
from journeyman.sandbox.api import Launcher
from journeyman.tools.mcp.servers import ApprovalMode, Connection, FillIn, McpServer, McpServerError
from journeyman.tools.mcp.source import McpSource

_MODES: tuple[ApprovalMode, ...] = ("auto", "prompt", "approve")


def mcp_servers(
    configured: Settings,
    environment: Mapping[str, str],
    command_env: Mapping[str, str],
    directory: Path,
) -> tuple[McpServer, ...]:
    """The servers that are switched on.

    Args:
        configured: the settings.
        environment: the process's own variables, of which a server gets those that its table names.
        command_env: what any command gets, without secrets.
        directory: the thread's folder, where programs start.

    Raises:
        ConfigError: a table cannot be used.
    """
    servers: list[McpServer] = []
    for name, table in sorted(configured.mcp_servers.items()):
        if not table.enabled:
            continue
        said = _said(f"mcp_servers.{name}", table)
        variable = table.bearer_token_env_var or ""
        token = environment.get(variable, "").strip()
        variables = {key: environment[key] for key in table.env_vars if key in environment}
        servers.append(
            McpServer(
                name=name,
                env={**command_env, **variables, **(table.env or {})},
                cwd=str(directory / Path(table.cwd or "").expanduser()),
                headers=_headers(table, environment, token),
                missing_variable="" if token else variable,
                **said,
            )
        )
    return tuple(servers)


def mcp_secret_names(configured: Settings) -> tuple[str, ...]:
    """The variables that hold tokens of MCP servers; no command may see them."""
    names: list[str] = []
    for table in configured.mcp_servers.values():
        names += [table.bearer_token_env_var] if table.bearer_token_env_var else []
        names += (table.env_http_headers or {}).values()
    return tuple(names)


def mcp_source(
    servers: tuple[McpServer, ...], launcher: Launcher, home: Path, clock: Clock
) -> McpSource:
    """The tools of these servers."""
    return McpSource(servers, mcp_connect(launcher, home), clock)


def mcp_connect(
    launcher: Launcher, home: Path
) -> Callable[[McpServer, FillIn], Coroutine[Any, Any, Connection]]:
    """What connects to a server; what programs complain about goes to `log/mcp-NAME.log` of `home`."""

    async def connect(server: McpServer, fill_in: FillIn) -> Connection:
        if server.missing_variable:
            message = f"its token is missing: set the variable {server.missing_variable}"
            raise McpServerError(message)
        # The SDK takes half a second to load; the event loop goes on meanwhile.
        await asyncio.to_thread(importlib.import_module, "journeyman.tools.mcp.connection")
        from journeyman.tools.mcp.connection import McpConnection
        from journeyman.tools.mcp.sign_in import SignedIn
        from journeyman.tools.mcp.transports import last_complaint, open_transport

        kept = McpSignIns(home)

        def signed_in(wanted: McpServer) -> SignedIn | None:
            has_token = any(name.lower() == "authorization" for name in wanted.headers)
            if wanted.url is None or has_token:
                return None
            try:
                is_kept = kept.load(wanted.url) is not None
            except AuthError as error:
                raise McpServerError(str(error)) from error
            return SignedIn(wanted.name, wanted.url, kept) if is_kept else None

        log = home / "log" / f"mcp-{server.name.replace('/', '_')}.log"
        return McpConnection(
            server,
            lambda wanted: open_transport(wanted, launcher, log, signed_in(wanted)),
            __version__,
            complaints=lambda: last_complaint(log) if server.url is None else "",
            fill_in=fill_in,
        )

    return connect


def _said(where: str, table: McpServerTable) -> dict[str, Any]:
    """What the table sets of a server's members; the others keep their defaults."""
    if (table.command is None) == (table.url is None):
        raise ConfigError(
            "it needs a program to start or an address",
            where=where,
            fix="set command, or url, and not both",
        )
    modes = {
        tool: _mode(said["approval_mode"], f"{where}.tools.{tool}.approval_mode")
        for tool, said in table.tools.items()
        if "approval_mode" in said
    }
    startup_ms = table.startup_timeout_ms
    said: dict[str, Any] = {
        "argv": (table.command, *table.args) if table.command else None,
        "url": table.url,
        "scopes": tuple(table.scopes or ()),
        "startup_seconds": table.startup_timeout_sec or (startup_ms and startup_ms / 1000),
        "tool_seconds": table.tool_timeout_sec,
        "enabled_tools": None if table.enabled_tools is None else tuple(table.enabled_tools),
        "disabled_tools": tuple(table.disabled_tools or ()),
        "parallel": table.supports_parallel_tool_calls,
        "required": table.required,
        "tool_approval_modes": modes,
    }
    if table.default_tools_approval_mode is not None:
        mode_key = f"{where}.default_tools_approval_mode"
        said["approval_mode"] = _mode(table.default_tools_approval_mode, mode_key)
    return {name: value for name, value in said.items() if value is not None}


def _headers(table: McpServerTable, environment: Mapping[str, str], token: str) -> dict[str, str]:
    headers = dict(table.http_headers or {})
    for header, variable in (table.env_http_headers or {}).items():
        if value := environment.get(variable):
            headers[header] = value
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _mode(said: object, where: str) -> ApprovalMode:
    try:
        return msgspec.convert(said, ApprovalMode)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"it is {said!r}", where=where, fix=f"choose one of {', '.join(_MODES)}"
        ) from error
