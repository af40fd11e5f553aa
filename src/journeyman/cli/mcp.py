"""`jm mcp`: the MCP servers of the configuration. Changes config.toml, starts nothing; only `login` asks a server.

Values of variables and headers are masked in text, and whole in --json, as they are in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from journeyman.auth.errors import AuthError
from journeyman.auth.mcp_sign_ins import McpSignIns
from journeyman.cli import mcp_text
from journeyman.cli.config_layers import edit_config, load_for, sources_for
from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_lines
from journeyman.config.edit import Edit
from journeyman.config.settings import McpServerTable

_NAME = re.compile(r"[A-Za-z0-9_:@/.-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# RFC 6749, 3.3
_SCOPE = re.compile(r"[!#-\[\]-~]+")
_HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EXAMPLES = """\b
Examples:
  jm mcp add docs -- npx -y some-docs-server
  jm mcp add tracker --url https://example.com/mcp --bearer-token-env-var TRACKER_TOKEN
  jm mcp login tracker
  jm mcp list --json
"""


@click.group("mcp", epilog=_EXAMPLES, context_settings=_HELP)
def command() -> None:
    """Add, list and remove the MCP servers of the configuration, and sign in to them."""


@command.command("add", options_metavar="[OPTIONS]", context_settings=_HELP)
@click.argument("name")
@click.argument("words", nargs=-1, metavar="[-- CMD [ARG]...]", type=click.UNPROCESSED)
@click.option("--env", "env", multiple=True, metavar="KEY=VALUE", help="A variable for CMD.")
@click.option("--url", metavar="URL", help="Address of a streamable HTTP server, instead of CMD.")
@click.option(
    "--bearer-token-env-var",
    metavar="VAR",
    help="With --url: the variable that holds the bearer token.",
)
def add(
    *,
    name: str,
    words: tuple[str, ...],
    env: tuple[str, ...],
    url: str | None,
    bearer_token_env_var: str | None,
) -> None:
    """Add a server that is started with CMD, or answers at URL; one of that name is replaced."""
    if (url is None) == (not words):
        message = "give either `-- CMD [ARG]...` or --url URL"
        raise click.UsageError(message)
    if url is None and bearer_token_env_var is not None:
        message = "--bearer-token-env-var needs --url"
        raise click.UsageError(message)
    if url is not None and env:
        message = "--env needs a CMD to start"
        raise click.UsageError(message)
    _check_name(name)
    if url is None:
        server: dict[str, Any] = {"command": words[0]}
        server |= {"args": list(words[1:])} if words[1:] else {}
        server |= {"env": dict(_variable(text) for text in env)} if env else {}
    else:
        server = {"url": _checked_url(url)}
        server |= {"bearer_token_env_var": bearer_token_env_var} if bearer_token_env_var else {}
    edit_config([Edit(path=("mcp_servers", name), value=server)])
    write_lines([f"Added global MCP server '{name}'."])


@command.command("list", context_settings=_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_servers(ctx: click.Context, *, as_json: bool) -> None:
    """List the servers that are configured."""
    servers = dict(sorted(load_for(ctx).settings.mcp_servers.items()))
    try:
        signed_in = McpSignIns(read_process().home).urls()
    except AuthError as error:
        raise CommandError(str(error)) from error
    if as_json:
        _print_json([mcp_text.listed(name, server, signed_in) for name, server in servers.items()])
    elif servers:
        write_lines(["\n\n".join(mcp_text.tables(servers, signed_in))])
    else:
        write_lines(["No MCP servers configured yet. Try `jm mcp add my-tool -- my-command`."])


@command.command("get", context_settings=_HELP)
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def get(ctx: click.Context, name: str, *, as_json: bool) -> None:
    """Show one server."""
    server = _find(load_for(ctx).settings.mcp_servers, name)
    if as_json:
        _print_json(mcp_text.described(name, server))
    else:
        write_lines([mcp_text.details(name, server)])


@command.command("remove", context_settings=_HELP)
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove a server from the configuration."""
    _check_name(name)
    if name not in load_for(ctx).settings.mcp_servers:
        write_lines([f"No MCP server named '{name}' found."])
        return
    edit_config([Edit(path=("mcp_servers", name), value=None)])
    write_lines([f"Removed global MCP server '{name}'."])


@command.command("login", context_settings=_HELP)
@click.argument("name")
@click.option(
    "--timeout",
    "seconds",
    default=300,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="How many seconds to wait for the browser.",
)
@click.option(
    "--scopes",
    metavar="SCOPE,...",
    default="",
    help="What to ask for, where not what the configuration or the server says.",
)
@click.option("--no-browser", is_flag=True, help="Only print the page to open.")
@click.pass_context
def login(ctx: click.Context, name: str, *, seconds: int, scopes: str, no_browser: bool) -> None:
    """Sign in to a server with an address by OAuth, in a browser on this machine.

    Opens your browser ($BROWSER, if set) where there is a screen to see it, and prints the page; over SSH paste the
    address where a browser elsewhere ends up. The token is kept in mcp_credentials.json of the home folder, for you
    alone to read, and goes to this server's address only.
    """
    from journeyman.cli.mcp_login import Wish, sign_in

    asked = tuple(scope for part in scopes.split(",") if (scope := part.strip()))
    if not all(_SCOPE.fullmatch(scope) for scope in asked):
        message = "no scope, in --scopes: write names without spaces or quotes, with commas between"
        raise click.UsageError(message)
    wish = Wish(name=name, seconds=seconds, scopes=asked)
    sign_in(sources_for(read_process(), ctx), wish, may_open=not no_browser)
    write_lines([f"Signed in to the MCP server '{name}'."])


@command.command("logout", context_settings=_HELP)
@click.argument("name")
@click.pass_context
def logout(ctx: click.Context, name: str) -> None:
    """Forget the sign-in to a server."""
    server = _find(load_for(ctx).settings.mcp_servers, name)
    try:
        was_there = McpSignIns(read_process().home).clear(server.url or "")
    except AuthError as error:
        raise CommandError(str(error)) from error
    write_lines([f"Signed out of '{name}'." if was_there else f"There was no sign-in to '{name}'."])


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"invalid server name '{name}', in the first argument: "
            "use letters, numbers, '-', '_', ':', '@', '/', '.'"
        )


def _find(servers: Mapping[str, McpServerTable], name: str) -> McpServerTable:
    server = servers.get(name)
    if server is None:
        known = ", ".join(sorted(servers)) or "none"
        message = f"No MCP server named '{name}' found, in the configuration: there are {known}"
        raise CommandError(message)
    return server


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not _VARIABLE.fullmatch(name):
        # The text may hold a secret.
        message = f"not KEY=VALUE, in --env {name.split(' ')[0][:40]}...: write --env NAME=value"
        raise click.UsageError(message)
    return name, value


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise CommandError(f"not an address, in --url {url}: write https://HOST/PATH")
    return url


def _print_json(value: Any) -> None:
    write_lines([msgspec.json.format(msgspec.json.encode(value), indent=2).decode()])
