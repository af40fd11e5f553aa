"""What the user signed in to: the tokens of MCP servers, by the server's address, in `mcp_credentials.json`.

By the address and not by the name: a server of the same name elsewhere gets nothing. What an entry holds is
the MCP adapter's business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from journeyman.auth.secret_file import EntriesFile

SIGN_INS_FILE = "mcp_credentials.json"


class McpSignIns:
    """The entries of one home folder."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._file: EntriesFile[dict[str, Any]] = EntriesFile(
            home / SIGN_INS_FILE,
            dict[str, Any],
            fix="remove it and sign in again with jm mcp login",
        )

    def load(self, url: str) -> dict[str, Any] | None:
        """The entry of a server, or None; raises `AuthError` where the file cannot be read."""
        return self._file.read().get(url)

    def urls(self) -> frozenset[str]:
        """The servers that there are entries of; raises `AuthError`."""
        return frozenset(self._file.read())

    def save(self, url: str, entry: dict[str, Any]) -> None:
        """Keep the entry in place of what was kept; raises `AuthError`."""
        self._file.put(url, entry)

    def clear(self, url: str) -> bool:
        """Forget the entry; whether there was one; raises `AuthError`."""
        return self._file.remove(url)
