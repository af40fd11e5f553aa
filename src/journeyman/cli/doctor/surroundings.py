"""What the checks look at: the process, and its configuration where that can be loaded."""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.cli.model_choice import choose_model
from journeyman.cli.process import Process
from journeyman.cli.providers import configured_providers
from journeyman.config.errors import ConfigError
from journeyman.config.load import Loaded, Sources, load_settings
from journeyman.config.settings import Settings
from journeyman.models.providers import Provider
from journeyman.protocol.threads import ThreadOverrides


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

    def provider(self) -> Provider:
        """The provider of the configured model.

        Raises:
            ConfigError: the configuration names no model for it, or describes it wrongly.
            LookupError: there is no such provider.
        """
        providers = configured_providers(self.settings)
        return choose_model(ThreadOverrides(), self.loaded, None, providers)[0]


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
