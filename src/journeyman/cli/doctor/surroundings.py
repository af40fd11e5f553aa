"""What the checks look at: the process, and its configuration where that can be loaded."""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.cli.process import Process
from journeyman.config.errors import ConfigError
from journeyman.config.load import Loaded, Sources, load_settings
from journeyman.config.settings import Settings


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the product would run; exactly one of `loaded` and `config_error` is there."""

    process: Process
    loaded: Loaded
    config_error: ConfigError | None = None
    network: bool = False
    repair: bool = False

    @property
    def home(self) -> Path:
        """The folder of our state."""
        return self.process.home

    @property
    def path(self) -> str:
        """PATH."""
        return self.process.environment.get("PATH", "")

    @property
    def settings(self) -> Settings:
        """The settings in effect; the defaults where the configuration cannot be used."""
        return self.loaded.settings


def look_around(process: Process, sources: Sources, *, network: bool, repair: bool) -> Surroundings:
    """Load the configuration, and keep the reason where that fails."""
    try:
        return Surroundings(
            process=process, loaded=load_settings(sources), network=network, repair=repair
        )
    except ConfigError as error:
        nothing = Loaded(Settings(), {}, {}, ())
        return Surroundings(
            process=process, loaded=nothing, config_error=error, network=network, repair=repair
        )
