"""`jm login`: keeps an API key for later runs, or tells whether there is one. Keys are never shown whole."""

from __future__ import annotations

import sys

import click

from journeyman.auth.credentials import check_key, masked
from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import configured_credentials
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import read_process
from journeyman.cli.terminal import is_tty, write_error
from journeyman.config.errors import ConfigError

# Longer input is no key.
_MAX_INPUT_BYTES = 65_536
_HOW = "printenv OPENAI_API_KEY | jm login --with-api-key"


@click.group(
    "login",
    invoke_without_command=True,
    epilog=f"\b\nExamples:\n  {_HOW}\n  jm login status\n",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--with-api-key", is_flag=True, help="Read the key from stdin and keep it.")
@click.pass_context
def command(ctx: click.Context, *, with_api_key: bool) -> int:
    """Keep an OpenAI API key for later runs.

    It is kept in auth.json of the home folder, readable for you alone, or in the system's keyring where
    cli_auth_credentials_store = "keyring". Keys of other providers stay in the environment.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    if not with_api_key and not is_tty(0):
        message = f"nothing was asked for, by jm login: run {_HOW}"
        raise CommandError(message)
    try:
        store = configured_credentials(read_process(), _overrides(ctx))
        store.save(check_key(_read_key(from_terminal=is_tty(0))))
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    write_error("API key saved. It is checked when you send a request.\n")
    return 0


@command.command("status")
@click.pass_context
def status(ctx: click.Context) -> int:
    """Tell whether a key is kept; exit code 1 when there is none."""
    try:
        store = configured_credentials(read_process(), _overrides(ctx))
        key = store.load()
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    if key is None:
        write_error("Not logged in\n")
        return 1
    write_error(f"Logged in using an API key - {masked(key)}, in {store.where()}\n")
    return 0


def _overrides(ctx: click.Context) -> tuple[str, ...]:
    shared = ctx.find_object(SharedFlags)
    return shared.overrides if shared else ()


def _read_key(*, from_terminal: bool) -> str:
    if from_terminal:
        return str(
            click.prompt("API key", hide_input=True, err=True, default="", show_default=False)
        )
    write_error("Reading API key from stdin...\n")
    data = sys.stdin.buffer.read(_MAX_INPUT_BYTES)
    # What is no text is no key; the check tells.
    return data.decode("ascii", "replace")
