"""The configuration of this process for commands that show or change it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.config.check import check
from journeyman.config.edit import Edit, edit_file
from journeyman.config.errors import ConfigError
from journeyman.config.layers import Layer, merge
from journeyman.config.load import CONFIG_FILE, Loaded, Sources, load_settings


def sources_for(process: Process, ctx: click.Context) -> Sources:
    """Where configuration comes from, with what was said before the command's name."""
    shared = ctx.find_object(SharedFlags) or SharedFlags()
    return Sources(
        home=process.home,
        config_profile=shared.config_profile,
        overrides=shared.overrides,
        strict=shared.strict_config,
    )


def load_for(ctx: click.Context) -> Loaded:
    """The settings in effect; raises `CommandError`."""
    try:
        return load_settings(sources_for(read_process(), ctx))
    except ConfigError as error:
        raise CommandError(str(error)) from error


def edit_config(edits: Sequence[Edit]) -> None:
    """Change config.toml of the home folder; raises `CommandError`, and then nothing was changed."""
    try:
        edit_file(read_process().home / CONFIG_FILE, edits, check_layer)
    except ConfigError as error:
        raise CommandError(str(error)) from error


def check_layer(layer: Layer) -> None:
    """Raise `ConfigError` when a file with these values could not be used."""
    check(merge([layer]), strict=False)
