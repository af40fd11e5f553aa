"""`jm logout`: forgets the key that `jm login` kept."""

from __future__ import annotations

import click

from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import configured_credentials
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_error
from journeyman.config.errors import ConfigError


@click.command("logout", context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def command(ctx: click.Context) -> int:
    """Forget the key that `jm login` kept.

    Variables such as OPENAI_API_KEY are yours and stay as they are.
    """
    shared = ctx.find_object(SharedFlags)
    try:
        store = configured_credentials(read_process(), shared.overrides if shared else ())
        was_there = store.clear()
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    write_error("Successfully logged out\n" if was_there else "Not logged in\n")
    return 0
