"""What the server asks whoever composed it: configuration, the user's key, commands outside of threads.

Each port is a field of `Services`. What cannot be done is an `RpcError` with a text for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from journeyman.protocol import config


class ConfigStore(Protocol):
    """The configuration, read anew for each question."""

    def read(self, params: config.ConfigReadParams) -> config.ConfigReadResponse:
        """What counts, and where it was said."""
        ...

    def write(self, params: config.ConfigBatchWriteParams) -> config.ConfigWriteResponse:
        """Change the user's file; all edits or none."""
        ...

    def notices(self) -> Sequence[msgspec.Struct]:
        """The notifications that a client gets when it connects: what has no effect, what is old."""
        ...


class AccountStore(Protocol):
    """The key that is kept for the user."""

    def has_key(self) -> bool:
        """Whether one is kept."""
        ...

    def provider_takes_key(self) -> bool:
        """Whether the configured provider uses it."""
        ...

    def login(self, key: str) -> None:
        """Keep it."""
        ...

    def logout(self) -> None:
        """Forget it; no error where there is none."""
        ...
