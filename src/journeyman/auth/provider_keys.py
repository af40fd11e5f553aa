"""The keys of `jm login --provider`: one for each provider, bound to the host that it was given for.

They stand in `provider_keys.json` or in the system's keyring, beside the OpenAI key and never in its place.
Invariant: a key leaves this module only for the scheme, host and port that it was kept for.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from journeyman.auth.credentials import Credentials
from journeyman.auth.errors import AuthError
from journeyman.auth.secret_file import EntriesFile

KEYS_FILE = "provider_keys.json"


class FileEntry:
    """See `Credentials`: one provider's entry in the file of a home folder."""

    def __init__(self, home: Path, provider_id: str) -> None:
        """Nothing is read yet."""
        self._file = _keys_file(home)
        self._id = provider_id

    def where(self) -> str:
        """See `Credentials.where`."""
        return str(self._file.path)

    def load(self) -> str | None:
        """See `Credentials.load`."""
        return self._file.read().get(self._id)

    def save(self, key: str) -> None:
        """See `Credentials.save`."""
        self._file.put(self._id, key)

    def clear(self) -> bool:
        """See `Credentials.clear`."""
        return self._file.remove(self._id)


class ProviderKey:
    """One provider's key, in a place that keeps it together with the host."""

    def __init__(self, provider_id: str, place: Credentials) -> None:
        """Nothing is read yet."""
        self._id = provider_id
        self._place = place

    def where(self) -> str:
        """The place, for a person."""
        return self._place.where()

    def kept(self) -> tuple[str, str] | None:
        """The host that a key is kept for, and the key, to be shown masked; raises `AuthError`."""
        host, _, key = (self._place.load() or "").partition(" ")
        return (host, key) if key else None

    def load_for(self, base_url: str) -> str | None:
        """The key where one is kept; raises `AuthError` where it was given for another host."""
        kept = self.kept()
        if kept is None:
            return None
        host, key = kept
        if host != host_of(base_url):
            raise AuthError(
                f"the key of {self._id} is for {host} and is not sent to {host_of(base_url)}",
                where=self.where(),
                fix=f"run jm login --provider {self._id} --with-api-key, or jm logout --provider {self._id}",
            )
        return key

    def save_for(self, base_url: str, key: str) -> None:
        """Keep `key` for the host of `base_url`; raises `AuthError`."""
        self._place.save(f"{host_of(base_url)} {key}")

    def clear(self) -> bool:
        """Forget it; whether there was anything; raises `AuthError`."""
        return self._place.clear()


def kept_in_file(home: Path) -> frozenset[str]:
    """The providers that the file has entries of; raises `AuthError`."""
    return frozenset(_keys_file(home).read())


def host_of(base_url: str) -> str:
    """Scheme, host and port: what a key is bound to."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _keys_file(home: Path) -> EntriesFile[str]:
    fix = "remove it, then run jm login --provider NAME --with-api-key"
    return EntriesFile(home / KEYS_FILE, str, fix=fix)
