"""The server's `AccountStore`: the key that `jm login` keeps as well."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from journeyman.auth.credentials import Credentials, check_key
from journeyman.auth.errors import AuthError
from journeyman.cli.credentials import credentials
from journeyman.cli.process import Process
from journeyman.cli.providers import configured_providers
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.models.providers import BUILT_IN
from journeyman.protocol.jsonrpc import RpcError

ResultT = TypeVar("ResultT")


class KeptAccount:
    """See `AccountStore`; the configuration is read anew each time."""

    def __init__(self, process: Process, sources: Sources) -> None:
        """Nothing is read yet."""
        self._process = process
        self._sources = sources

    def has_key(self) -> bool:
        """See `AccountStore.has_key`."""
        return self._with_store(lambda store: store.load() is not None)

    def provider_takes_key(self) -> bool:
        """See `AccountStore.provider_takes_key`."""
        with _refusing():
            settings = load_settings(self._sources).settings
        provider = {**BUILT_IN, **configured_providers(settings)}.get(settings.model_provider)
        return provider is not None and provider.requires_openai_auth

    def login(self, key: str) -> None:
        """See `AccountStore.login`."""
        self._with_store(lambda store: store.save(check_key(key)))

    def logout(self) -> None:
        """See `AccountStore.logout`."""
        self._with_store(lambda store: store.clear())

    def _with_store(self, use: Callable[[Credentials], ResultT]) -> ResultT:
        with _refusing():
            return use(credentials(self._process, load_settings(self._sources).settings))


@contextmanager
def _refusing() -> Generator[None]:
    try:
        yield
    except (AuthError, ConfigError) as error:
        raise RpcError(str(error)) from error
