"""The key that `jm login` keeps: one for the OpenAI API, in a file or in the system's keyring.

Owns auth.json, whose shape other programs know. What else they keep in it is not read; signing in or out
replaces the whole. A key leaves this module only as the result of `load`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.auth.secret_file import SecretFile

AUTH_FILE = "auth.json"
# Longer ones are no keys but a mistake, such as a file piped in.
_MAX_KEY_CHARS = 4096


class Credentials(Protocol):
    """A place that keeps at most one API key."""

    def load(self) -> str | None:
        """The key, or None; raises `AuthError` when what is kept cannot be read."""
        ...

    def save(self, key: str) -> None:
        """Keep `key` in place of what was kept; raises `AuthError`."""
        ...

    def clear(self) -> bool:
        """Forget it; whether there was anything; raises `AuthError`."""
        ...

    def where(self) -> str:
        """The place, for a person."""
        ...


class _AuthFile(msgspec.Struct, frozen=True):
    auth_mode: str | None = None
    OPENAI_API_KEY: str | None = None


class FileCredentials:
    """`auth.json` in the home folder, for the user's eyes alone."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._file = SecretFile(home / AUTH_FILE, _AuthFile, fix="run jm logout, then jm login")

    def where(self) -> str:
        """See `Credentials.where`."""
        return str(self._file.path)

    def load(self) -> str | None:
        """See `Credentials.load`."""
        kept = self._file.read()
        return ((kept and kept.OPENAI_API_KEY) or "").strip() or None

    def save(self, key: str) -> None:
        """See `Credentials.save`."""
        self._file.write(_AuthFile(auth_mode="apikey", OPENAI_API_KEY=key))

    def clear(self) -> bool:
        """See `Credentials.clear`."""
        return self._file.remove()


def check_key(text: str) -> str:
    """The key in `text`, without the white space around it; raises `AuthError` when it cannot be one."""
    key = text.strip()
    if not key:
        raise AuthError("no key", where="what was given", fix="give the key itself")
    if len(key) > _MAX_KEY_CHARS or not re.fullmatch(r"[!-~]+", key):
        fix = "give the key alone: printable ASCII, one line, no spaces"
        raise AuthError("this is no API key", where="what was given", fix=fix)
    return key


def masked(key: str) -> str:
    """The key as it may be shown: enough to tell one's own keys apart."""
    return f"{key[:8]}***{key[-5:]}" if len(key) > 20 else "***"
