"""What the user signed in to: the tokens of MCP servers, by the server's address, in `mcp_credentials.json`.

By the address and not by the name: a server of the same name elsewhere gets nothing. What an entry holds is
the MCP adapter's business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.auth.private_file import write_private

SIGN_INS_FILE = "mcp_credentials.json"
_MAX_FILE_BYTES = 16 << 20


class McpSignIns:
    """The entries of one home folder."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._path = home / SIGN_INS_FILE

    def load(self, url: str) -> dict[str, Any] | None:
        """The entry of a server, or None; raises `AuthError` where the file cannot be read."""
        return self._read().get(url)

    def urls(self) -> frozenset[str]:
        """The servers that there are entries of; raises `AuthError`."""
        return frozenset(self._read())

    def save(self, url: str, entry: dict[str, Any]) -> None:
        """Keep the entry in place of what was kept; raises `AuthError`."""
        self._write({**self._read(), url: entry})

    def clear(self, url: str) -> bool:
        """Forget the entry; whether there was one; raises `AuthError`."""
        kept = self._read()
        if kept.pop(url, None) is None:
            return False
        self._write(kept)
        return True

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._cannot("read", error) from error
        try:
            return msgspec.json.decode(data, type=dict[str, dict[str, Any]])
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Their text would quote the file.
            fix = "remove it and sign in again with jm mcp login"
            raise AuthError(
                "not the JSON that is kept there", where=str(self._path), fix=fix
            ) from None

    def _write(self, entries: dict[str, dict[str, Any]]) -> None:
        try:
            write_private(self._path, msgspec.json.encode(entries))
        except OSError as error:
            raise self._cannot("write", error) from error

    def _cannot(self, what: str, error: OSError) -> AuthError:
        fix = "make the folder yours and writable, with some space"
        return AuthError(f"cannot {what} it: {error.strerror}", where=str(self._path), fix=fix)
