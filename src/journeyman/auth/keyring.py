"""Credentials in the system's keyring, through the optional package `keyring`.

Each home folder has an entry of its own, so that two of them do not share a key by accident.
"""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Protocol, cast

from journeyman.auth.errors import AuthError

_SERVICE = "Journeyman"


class Keyring(Protocol):
    """What is used of the package: entries by service and name."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """The entry, or None."""
        ...

    def set_password(self, service_name: str, username: str, password: str) -> None:
        """Make or replace the entry."""
        ...

    def delete_password(self, service_name: str, username: str) -> None:
        """Remove the entry."""
        ...


def system_keyring() -> Keyring:
    """The package's keyring; raises `AuthError` when it is not installed."""
    try:
        return cast("Keyring", importlib.import_module("keyring"))
    except ImportError as error:
        raise AuthError(
            "the package keyring is not installed",
            where="cli_auth_credentials_store",
            fix='pip install "journeyman[keyring]", or set it to "file"',
        ) from error


class KeyringCredentials:
    """See `Credentials`."""

    def __init__(self, home: Path, keyring: Keyring, provider_id: str = "openai") -> None:
        """Use the entry of this home folder and provider."""
        self._keyring = keyring
        self._name = f"{provider_id}|" + hashlib.sha256(str(home).encode()).hexdigest()[:16]

    def where(self) -> str:
        """See `Credentials.where`."""
        return f"the system's keyring ({_SERVICE}, {self._name})"

    def load(self) -> str | None:
        """See `Credentials.load`."""
        try:
            return self._keyring.get_password(_SERVICE, self._name) or None
        except Exception as error:
            raise self._failed("read", error) from None

    def save(self, key: str) -> None:
        """See `Credentials.save`."""
        try:
            self._keyring.set_password(_SERVICE, self._name, key)
        except Exception as error:
            raise self._failed("write", error) from None

    def clear(self) -> bool:
        """See `Credentials.clear`."""
        if self.load() is None:
            return False
        try:
            self._keyring.delete_password(_SERVICE, self._name)
        except Exception as error:
            raise self._failed("remove from", error) from None
        return True

    def _failed(self, what: str, error: Exception) -> AuthError:
        # The backends' own texts may quote what they were given.
        return AuthError(
            f"cannot {what} it ({type(error).__name__})",
            where=self.where(),
            fix='unlock the keyring, or set cli_auth_credentials_store = "file"',
        )
