"""The rules of one thread, and the file that a user's "accept and remember" goes to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from journeyman.core.exec_policy.rules import Rules

_FILE = "default.rules"


class RuleBook:
    """Keeps the rules in force; `folder` holds the `*.rules` files, None where nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read the folder.

        Raises:
            RulesError: a file cannot be read or understood; the text names file and line.
        """
        self._folder = folder
        self.rules = Rules()
        # The reader of rules is only loaded where there are any.
        if folder is not None and any(folder.glob("*.rules")):
            self._read(folder)

    def remember(self, prefix: Sequence[str]) -> None:
        """Allow commands that begin with `prefix`, from now on and in later threads.

        Raises:
            OSError: the file cannot be written.
            ValueError: the prefix is empty, or there is no folder to keep it in.
        """
        folder = self._kept()
        from journeyman.core.exec_policy.rules_file import append_allow_rule  # noqa: PLC0415 -- only who remembers pays for it

        append_allow_rule(folder / _FILE, prefix)
        self._read(folder)

    def remember_host(self, host: str, protocol: str, action: Literal["allow", "deny"]) -> None:
        """Always allow or refuse a host from now on; errors as `remember`."""
        folder = self._kept()
        from journeyman.core.exec_policy.rules_file import append_host_rule  # noqa: PLC0415 -- only who remembers pays for it

        append_host_rule(folder / _FILE, host, protocol, action)
        self._read(folder)

    def _kept(self) -> Path:
        if self._folder is None:
            raise ValueError("this thread keeps no rules")
        return self._folder

    def _read(self, folder: Path) -> None:
        from journeyman.core.exec_policy.rules_file import load_rules  # noqa: PLC0415 -- ast costs 5 ms, most users have no rules

        self.rules = load_rules([folder])
