"""Asking for more than the sandbox allows: what is asked for, what the user gives, and for how long."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.wire import Wire

GrantScope = Literal["turn", "session"]


class PathEntry(Wire, frozen=True, tag_field="type", tag="path"):
    """A path."""

    path: str


class GlobEntry(Wire, frozen=True, tag_field="type", tag="glob_pattern"):
    """Paths by a pattern."""

    pattern: str


class SpecialEntry(Wire, frozen=True, tag_field="type", tag="special"):
    """A place by what it is for."""

    value: dict[str, str | None]


class FileSystemEntry(Wire, frozen=True):
    """What may be done with what is at a place and below it."""

    path: PathEntry | GlobEntry | SpecialEntry
    access: Literal["read", "write", "deny"]


class FileSystemPermissions(Wire, frozen=True):
    """Access to paths: `read` and `write` are the plain ones of `entries` once more."""

    read: list[str] | None = None
    write: list[str] | None = None
    entries: list[FileSystemEntry] | None = None
    glob_scan_max_depth: int | None = None


class NetworkPermissions(Wire, frozen=True):
    """Access to the network, all of it."""

    enabled: bool | None = None


class PermissionsProfile(Wire, frozen=True):
    """Access beyond what the sandbox allows; None is no more of that kind."""

    network: NetworkPermissions | None = None
    file_system: FileSystemPermissions | None = None


class PermissionsApprovalParams(Wire, frozen=True):
    """May commands of this thread do more than the sandbox allows? Paths are those that would be opened, without links."""

    thread_id: str
    turn_id: str
    item_id: str
    started_at_ms: int
    cwd: str
    permissions: PermissionsProfile
    reason: str | None = None
    environment_id: str | None = None


class PermissionsApprovalResponse(Wire, frozen=True):
    """What the user gives: as much as was asked for, or less, until the end of the turn or for the loaded thread.

    With `strict_auto_review` commands were to be reviewed one by one; this program does not do that, and gives nothing.
    """

    permissions: PermissionsProfile
    scope: GrantScope = "turn"
    strict_auto_review: bool | None = None


class GrantsReadParams(Wire, frozen=True):
    """What was granted in a loaded thread."""

    thread_id: str


class GrantsRevokeParams(Wire, frozen=True):
    """Take back all that was granted in a loaded thread, and end the commands that run by it."""

    thread_id: str


class Grant(Wire, frozen=True):
    """More than the sandbox allows: folders to write to, and the network."""

    write: list[str] = msgspec.field(default_factory=list[str])
    network: bool = False


class GrantsReadResponse(Wire, frozen=True):
    """What the user's answers allow commands now: until the end of the turn, and while the thread is loaded."""

    turn: Grant
    session: Grant
