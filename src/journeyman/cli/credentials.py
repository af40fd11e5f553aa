"""Names the places that keep the user's keys, as `cli_auth_credentials_store` says, and which provider gets which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from journeyman.auth.credentials import Credentials, FileCredentials
from journeyman.auth.errors import AuthError
from journeyman.auth.provider_keys import FileEntry, ProviderKey, kept_in_file
from journeyman.cli.process import Process
from journeyman.cli.providers import configured_providers, takes_key
from journeyman.config.load import Sources, load_settings
from journeyman.config.settings import Settings
from journeyman.models.providers import BUILT_IN, DEFAULT_PROVIDER, Provider

if TYPE_CHECKING:
    from journeyman.auth.keyring import Keyring


def credentials(process: Process, settings: Settings) -> Credentials:
    """The place of the OpenAI key; raises `AuthError` when it cannot be used on this machine."""
    keyring = _keyring(settings)
    return FileCredentials(process.home) if keyring is None else _entry(process.home, keyring)


def provider_key(process: Process, settings: Settings, provider_id: str) -> ProviderKey:
    """The place of another provider's key; raises `AuthError` when it cannot be used on this machine."""
    keyring, home = _keyring(settings), process.home
    place = FileEntry(home, provider_id) if keyring is None else _entry(home, keyring, provider_id)
    return ProviderKey(provider_id, place)


def kept_key(process: Process, settings: Settings) -> Callable[[Provider], str | None]:
    """Reads the key that `jm login` keeps for a provider with an address; it raises `AuthError`."""

    def read(provider: Provider) -> str | None:
        if not takes_key(provider):
            return None
        if provider.id != DEFAULT_PROVIDER:
            own = provider_key(process, settings, provider.id).load_for(provider.base_url)
            if own is not None or not provider.requires_openai_auth:
                return own
        return credentials(process, settings).load()

    return read


class Kept(NamedTuple):
    """A key that is kept: whose, the key itself, where, and for which host alone; None for the OpenAI key."""

    provider_id: str
    key: str
    where: str
    host: str | None = None


def all_kept(process: Process, settings: Settings) -> Iterator[Kept]:
    """Every key that `jm login` keeps, the OpenAI key first; raises `AuthError`."""
    store = credentials(process, settings)
    if key := store.load():
        yield Kept(DEFAULT_PROVIDER, key, store.where())
    known = {**BUILT_IN, **configured_providers(settings)}
    wanting = {name for name, one in known.items() if takes_key(one)}
    for name in sorted(wanting | kept_in_file(process.home)):
        place = provider_key(process, settings, name)
        if kept := place.kept():
            host, key = kept
            yield Kept(name, key, place.where(), host)


def user_settings(process: Process, overrides: tuple[str, ...] = ()) -> Settings:
    """This user's configuration, without any repository's; raises `ConfigError`."""
    return load_settings(Sources(home=process.home, overrides=overrides)).settings


def _keyring(settings: Settings) -> Keyring | None:
    choice = settings.cli_auth_credentials_store
    if choice == "file":
        return None
    from journeyman.auth.keyring import system_keyring

    try:
        return system_keyring()
    except AuthError:
        if choice == "keyring":
            raise
    return None


def _entry(home: Path, keyring: Keyring, provider_id: str = DEFAULT_PROVIDER) -> Credentials:
    from journeyman.auth.keyring import KeyringCredentials

    return KeyringCredentials(home, keyring, provider_id)
