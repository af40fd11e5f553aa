"""Composes what a server's handlers work with, one line a part."""

from __future__ import annotations

from functools import partial

from journeyman.cli.account_store import KeptAccount
from journeyman.cli.command_runner import ConfinedCommands
from journeyman.cli.compose import Composer
from journeyman.cli.config_store import ProcessConfig
from journeyman.cli.file_lister import RipgrepLister
from journeyman.cli.known_models import KnownModels
from journeyman.cli.listings import ProcessListings
from journeyman.cli.mcp_servers import mcp_connect
from journeyman.cli.model_list import offered_models
from journeyman.cli.process import Process
from journeyman.cli.process_sign_in import ProcessSignIn
from journeyman.config.load import Sources, load_settings
from journeyman.core.manager import ThreadManager
from journeyman.server.services import Services


def build_services(process: Process, sources: Sources, composer: Composer) -> Services:
    """The services of a server that other programs talk to; its threads are those of `composer`.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    settings = load_settings(sources).settings
    return Services(
        introduce=composer.introduce,
        manager=ThreadManager(composer, composer.store, keeps_read_states=True),
        models=partial(
            offered_models,
            settings.model,
            settings.model_provider,
            known=KnownModels(settings, process.home),
        ),
        config=ProcessConfig(sources),
        account=KeptAccount(process, sources),
        commands=ConfinedCommands(process, sources, composer.launcher),
        files=RipgrepLister(process, composer.launcher),
        listings=ProcessListings(
            process, sources, mcp_connect(composer.launcher, process.home), composer.skill_roots
        ),
        mcp_sign_in=ProcessSignIn(process, sources),
    )
