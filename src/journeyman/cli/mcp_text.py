"""How configured MCP servers are shown: as JSON in the shape that scripts know, and as text with masked values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from journeyman.config.settings import McpServerTable
from journeyman.visible_text import visible_line

_MASK = "*****"


# How one gets in, for scripts and for people.
_AUTH = {"bearer_token": "Bearer token", "o_auth": "OAuth", "unsupported": "Unsupported"}


def listed(name: str, server: McpServerTable, signed_in: Container[str]) -> dict[str, Any]:
    """One entry of `mcp list --json`; `signed_in` are the addresses that the user has signed in to."""
    status = _auth(server, signed_in)
    return {**_head(name, server), **_timeouts(server), "auth_status": status}


def described(name: str, server: McpServerTable) -> dict[str, Any]:
    """The answer of `mcp get --json`."""
    tools = {"enabled_tools": server.enabled_tools, "disabled_tools": server.disabled_tools}
    return {**_head(name, server), **tools, **_timeouts(server)}


def _head(name: str, server: McpServerTable) -> dict[str, Any]:
    return {
        "name": name,
        "enabled": server.enabled,
        "disabled_reason": None,
        "transport": _transport(server),
    }


def _transport(server: McpServerTable) -> dict[str, Any]:
    if server.url is not None:
        return {
            "type": "streamable_http",
            "url": server.url,
            "bearer_token_env_var": server.bearer_token_env_var,
            "http_headers": server.http_headers,
            "env_http_headers": server.env_http_headers,
            "http_headers_helper": server.http_headers_helper,
        }
    return {
        "type": "stdio",
        "command": server.command or "",
        "args": server.args,
        "env": server.env,
        "env_vars": server.env_vars,
        "cwd": server.cwd,
    }


def _timeouts(server: McpServerTable) -> dict[str, Any]:
    return {
        "startup_timeout_sec": server.startup_timeout_sec,
        "tool_timeout_sec": server.tool_timeout_sec,
    }


def tables(servers: Mapping[str, McpServerTable], signed_in: Container[str]) -> list[str]:
    """The servers as tables, those that are started before those that are called; see `listed`."""
    auth = {name: _AUTH[_auth(server, signed_in)] for name, server in servers.items()}
    started = [
        (name, s.command, " ".join(s.args), _masked(s.env), s.cwd, _enabled(s), auth[name])
        for name, s in servers.items()
        if s.url is None
    ]
    called = [
        (name, s.url, s.bearer_token_env_var, _enabled(s), auth[name])
        for name, s in servers.items()
        if s.url is not None
    ]
    found: list[str] = []
    if started:
        found.append(_table(("Name", "Command", "Args", "Env", "Cwd", "Status", "Auth"), started))
    if called:
        found.append(_table(("Name", "Url", "Bearer Token Env Var", "Status", "Auth"), called))
    return found


def details(name: str, server: McpServerTable) -> str:
    """One server, a line a value."""
    rows: list[tuple[str, str | None]] = [("enabled", str(server.enabled).lower())]
    if server.url is None:
        rows += [
            ("transport", "stdio"),
            ("command", server.command),
            ("args", " ".join(server.args)),
            ("cwd", server.cwd),
            ("env", _masked(server.env, server.env_vars)),
        ]
    else:
        rows += [
            ("transport", "streamable_http"),
            ("url", server.url),
            ("bearer_token_env_var", server.bearer_token_env_var),
            ("http_headers", _masked(server.http_headers)),
            ("env_http_headers", _pairs((server.env_http_headers or {}).items())),
        ]
    rows.append(("remove", f"jm mcp remove {name}"))
    return "\n".join([visible_line(name), *(f"  {key}: {_cell(value)}" for key, value in rows)])


def _enabled(server: McpServerTable) -> str:
    return "enabled" if server.enabled else "disabled"


def _auth(server: McpServerTable, signed_in: Container[str]) -> str:
    if server.bearer_token_env_var:
        return "bearer_token"
    return "o_auth" if server.url is not None and server.url in signed_in else "unsupported"


def _masked(values: Mapping[str, str] | None, names: Iterable[str] = ()) -> str:
    return _pairs((key, _MASK) for key in [*(values or {}), *names])


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{key}={value}" for key, value in pairs)


def _cell(value: str | None) -> str:
    return visible_line(value) if value else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    lines = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)
