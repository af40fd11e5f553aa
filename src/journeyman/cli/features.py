"""`jm features`: what this program can do, by name, and whether it is on here."""

from __future__ import annotations

import click

from journeyman.cli.config_layers import load_for
from journeyman.cli.terminal import write_error, write_output
from journeyman.config.features import FEATURES, warnings_about


@click.group("features", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List features and whether they are on."""


@command.command("list")
@click.pass_context
def list_features(ctx: click.Context) -> None:
    """Print a line a feature: its name, its stage, and `true` where it is on."""
    settings = load_for(ctx).settings
    width = max(len(feature.name) for feature in FEATURES)
    lines = [
        f"{feature.name:<{width}}  {feature.stage:<12}  {str(feature.is_on(settings)).lower()}\n"
        for feature in FEATURES
    ]
    write_output("".join(lines).encode())
    for warning in warnings_about(settings):
        write_error(f"warning: {warning}\n")
