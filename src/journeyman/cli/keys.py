"""Where a request's key comes from: what is kept, or a program of the user's that prints one.

The program is the user's own words in the user's own configuration; a repository can name none. Its output is
never shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from journeyman.auth.credentials import check_key
from journeyman.auth.errors import AuthError
from journeyman.models.providers import KeyCommand, Provider
from journeyman.sandbox.user_programs import ShellPrograms


class KeySource(Protocol):
    """Gives the key of the moment."""

    async def read(self) -> str | None:
        """The key, or None where there is none; raises `AuthError`."""
        ...

    def refused(self) -> bool:
        """The key was refused: whether reading again may give another one."""
        ...


class KeptKey:
    """A key that is read where it is kept, each time anew."""

    def __init__(self, read: Callable[[], str | None]) -> None:
        """`read` may raise `AuthError`."""
        self._read = read

    async def read(self) -> str | None:
        """See `KeySource.read`."""
        return self._read()

    def refused(self) -> bool:
        """See `KeySource.refused`."""
        return False


class CommandKey:
    """A key that a program prints, kept in memory until it is too old."""

    def __init__(
        self, provider: Provider, command: KeyCommand, environment: Mapping[str, str], home: Path
    ) -> None:
        """Run in `home` unless the command says where; nothing is run yet."""
        self._where = f"model_providers.{provider.id}.auth"
        self._command = command
        self._environment = environment
        self._directory = str(home / Path(command.cwd or "").expanduser())
        self._key: str | None = None
        self._read_at = 0.0

    async def read(self) -> str | None:
        """See `KeySource.read`."""
        interval = self._command.refresh_interval_ms / 1000
        if self._key and (interval == 0 or time.monotonic() - self._read_at < interval):
            return self._key
        self._key = await self._run()
        self._read_at = time.monotonic()
        return self._key

    def refused(self) -> bool:
        """See `KeySource.refused`."""
        had_one, self._key = self._key is not None, None
        return had_one

    async def _run(self) -> str:
        import shlex

        command = self._command
        ended = await ShellPrograms().run(
            shlex.join([command.command, *command.args]),
            stdin=b"",
            cwd=self._directory,
            env=self._environment,
            timeout_seconds=command.timeout_ms / 1000,
        )
        problem = ended.problem or (
            f"it ended with exit code {ended.exit_code}" if ended.exit_code else None
        )
        if problem is not None:
            fix = f"make {command.command!r} print the key alone, within timeout_ms"
            raise AuthError(f"the command gave no key: {problem}", where=self._where, fix=fix)
        try:
            return check_key(ended.stdout)
        except AuthError:
            fix = f"make {command.command!r} print the key alone, on one line"
            raise AuthError("what it printed is no key", where=self._where, fix=fix) from None
