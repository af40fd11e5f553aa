"""`jm logout`: forgets a key that `jm login` kept."""

from __future__ import annotations

import click

from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import credentials, provider_key, user_settings
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_error
from journeyman.config.errors import ConfigError
from journeyman.models.providers import DEFAULT_PROVIDER


@click.command("logout", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--provider", "provider_id", metavar="NAME", help="Whose key, if not OpenAI's.")
@click.pass_context
def command(ctx: click.Context, *, provider_id: str | None) -> int:
    """Forget the OpenAI key that `jm login` kept, or that of another provider.

    Variables such as OPENAI_API_KEY are yours and stay as they are.
    """
    shared = ctx.find_object(SharedFlags)
    process = read_process()
    try:
        settings = user_settings(process, shared.overrides if shared else ())
        if provider_id in {None, DEFAULT_PROVIDER}:
            was_there = credentials(process, settings).clear()
        else:
            was_there = provider_key(process, settings, provider_id or "").clear()
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    write_error("Successfully logged out\n" if was_there else "Not logged in\n")
    return 0
