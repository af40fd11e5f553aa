"""What the server asks whoever composed it: configuration, the user's key, commands outside of threads.

Each port is a field of `Services`. What cannot be done is an `RpcError` with a text for people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from journeyman.protocol import config, listings
from journeyman.protocol.permissions import SandboxPolicy
from journeyman.sandbox.api import Process


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


class StandaloneCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command outside of any thread.

    `cwd` None is the server's directory, `policy` None what a turn there would have. A value of None in `env`
    takes a variable away. Without `tty` the command's output is that of `two_streams`.
    """

    argv: tuple[str, ...]
    cwd: str | None
    env: Mapping[str, str | None]
    policy: SandboxPolicy | None
    stdin: bool
    tty: bool
    columns: int
    rows: int


class CommandRunner(Protocol):
    """Starts commands for clients."""

    async def launch(self, command: StandaloneCommand) -> Process:
        """Start it, confined as it says; raises `RpcError` when it cannot be."""
        ...


class FileLister(Protocol):
    """Names the files that a user may look for."""

    async def files_below(self, root: str) -> Sequence[str]:
        """The files below a directory, relative to it, without ignored ones; raises `RpcError`."""
        ...


class McpSignIn(Protocol):
    """Signs the user in to MCP servers."""

    async def sign_in(
        self, name: str, scopes: Sequence[str], seconds: int, *, show: Callable[[str], None]
    ) -> None:
        """Sign in to the configured server `name`; `show` takes the page to open. Raises `RpcError`.

        Without `scopes` the configuration or the server says what is asked for.
        """
        ...


class Listings(Protocol):
    """What is configured, read anew for each question; raises `RpcError` where that fails."""

    def features(self) -> Sequence[listings.ExperimentalFeature]:
        """All features."""
        ...

    def providers(self) -> listings.ModelProviderListResponse:
        """All providers."""
        ...

    async def mcp_servers(self) -> Sequence[listings.McpServerStatus]:
        """All configured MCP servers; those that are switched on are asked for their tools."""
        ...

    def skills(self, cwds: Sequence[str]) -> list[listings.SkillsInFolder]:
        """The skills for work in each directory; none for the server's own."""
        ...

    def switch_skill(self, params: listings.SkillsConfigWriteParams) -> None:
        """Switch a skill on or off in the user's configuration."""
        ...

    def set_skill_roots(self, paths: Sequence[str]) -> None:
        """Look for skills of the user's in these folders too, in place of those named before; kept nowhere."""
        ...

    def hooks(self, cwds: Sequence[str]) -> list[listings.HooksInFolder]:
        """The hooks for work in each directory; none for the server's own."""
        ...
