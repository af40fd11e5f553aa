"""`jm login`: keeps API keys for later runs, or tells which there are. Keys are never shown whole."""

from __future__ import annotations

import sys

import click

from journeyman.auth.credentials import check_key, masked
from journeyman.auth.errors import AuthError
from journeyman.auth.provider_keys import host_of
from journeyman.cli.credentials import Kept, all_kept, credentials, provider_key, user_settings
from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.cli.providers import configured_providers, takes_key, with_address
from journeyman.cli.terminal import is_tty, write_error
from journeyman.config.errors import ConfigError
from journeyman.config.settings import Settings
from journeyman.models.providers import BUILT_IN, DEFAULT_PROVIDER, Provider
from journeyman.visible_text import visible_line

# Longer input is no key.
_MAX_INPUT_BYTES = 65_536
_HOW = "printenv OPENAI_API_KEY | jm login --with-api-key"
_HOW_ELSEWHERE = "printenv ANTHROPIC_API_KEY | jm login --provider anthropic --with-api-key"


@click.group(
    "login",
    invoke_without_command=True,
    epilog=f"\b\nExamples:\n  {_HOW}\n  {_HOW_ELSEWHERE}\n  jm login status\n",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--with-api-key", is_flag=True, help="Read the key from stdin and keep it.")
@click.option("--provider", "provider_id", metavar="NAME", help="Whose key it is, if not OpenAI's.")
@click.pass_context
def command(ctx: click.Context, *, with_api_key: bool, provider_id: str | None) -> int:
    """Keep an API key for later runs: of OpenAI, or of another provider.

    The OpenAI key is kept in auth.json of the home folder, others in provider_keys.json, readable for you alone, or
    in the system's keyring where cli_auth_credentials_store = "keyring". Another provider's key is sent to the host
    only that the provider's address names now.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    if not with_api_key and not is_tty(0):
        how = (
            _HOW
            if provider_id is None
            else f"printenv MY_KEY | jm login --provider {provider_id} --with-api-key"
        )
        message = f"nothing was asked for, by jm login: run {how}"
        raise CommandError(message)
    process = read_process()
    try:
        settings = user_settings(process, _overrides(ctx))
        if provider_id in {None, DEFAULT_PROVIDER}:
            store = credentials(process, settings)
            store.save(check_key(_read_key(from_terminal=is_tty(0))))
            write_error("API key saved. It is checked when you send a request.\n")
            return 0
        provider = with_address(_provider(settings, provider_id or ""), process.environment)
        place = provider_key(process, settings, provider.id)
        place.save_for(provider.base_url, check_key(_read_key(from_terminal=is_tty(0))))
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    shadow = _shadow(provider, process)
    write_error(f"API key saved for {provider.name}, for {host_of(provider.base_url)}.{shadow}\n")
    return 0


@command.command("status")
@click.pass_context
def status(ctx: click.Context) -> int:
    """Tell which keys are kept; exit code 1 when there are none."""
    process = read_process()
    try:
        settings = user_settings(process, _overrides(ctx))
        lines = [_line(kept) for kept in all_kept(process, settings)]
    except (AuthError, ConfigError) as error:
        raise CommandError(str(error)) from error
    write_error("".join(f"{line}\n" for line in lines) or "Not logged in\n")
    return 0 if lines else 1


def _line(kept: Kept) -> str:
    """What is told of a key: masked."""
    if kept.host is None:
        return f"Logged in using an API key - {masked(kept.key)}, in {kept.where}"
    return visible_line(f"{kept.provider_id}: {masked(kept.key)}, for {kept.host}, in {kept.where}")


def _provider(settings: Settings, name: str) -> Provider:
    known = {**BUILT_IN, **configured_providers(settings)}
    provider = known.get(name)
    if provider is None:
        raise CommandError(
            f"there is no provider {visible_line(name)!r}, in --provider: take one of "
            f"{', '.join(sorted(known))}, or configure it as [model_providers.NAME]"
        )
    if not takes_key(provider):
        reason = "a command prints its key" if provider.auth else "it is asked without one"
        raise CommandError(f"no key is kept for {name}, in --provider: {reason}")
    return provider


def _shadow(provider: Provider, process: Process) -> str:
    """What counts before the kept key now."""
    if not (provider.env_key and process.environment.get(provider.env_key)):
        return ""
    return f" While {provider.env_key} is set, that one is used."


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
