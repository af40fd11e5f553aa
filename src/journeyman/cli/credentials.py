"""Names the place that keeps the user's key, as `cli_auth_credentials_store` says."""

from __future__ import annotations

from journeyman.auth.credentials import Credentials, FileCredentials
from journeyman.auth.errors import AuthError
from journeyman.cli.process import Process
from journeyman.config.load import Sources, load_settings
from journeyman.config.settings import Settings


def credentials(process: Process, settings: Settings) -> Credentials:
    """The place; raises `AuthError` when it cannot be used on this machine."""
    choice = settings.cli_auth_credentials_store
    if choice != "file":
        from journeyman.auth.keyring import KeyringCredentials, system_keyring

        try:
            return KeyringCredentials(process.home, system_keyring())
        except AuthError:
            if choice == "keyring":
                raise
    return FileCredentials(process.home)


def configured_credentials(process: Process, overrides: tuple[str, ...] = ()) -> Credentials:
    """The place that this user's configuration names; raises `ConfigError` or `AuthError`."""
    settings = load_settings(Sources(home=process.home, overrides=overrides)).settings
    return credentials(process, settings)
