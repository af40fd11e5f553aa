"""fs/*: files of the server's machine, for the user's own client: with the user's rights, outside of any sandbox.

No model reaches these methods. All paths are absolute; contents travel as base64.
"""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class FsPathParams(Wire, frozen=True):
    """One file or directory."""

    path: str


class FsReadFileResponse(Wire, frozen=True):
    """The file's content."""

    data_base64: str


class FsWriteFileParams(Wire, frozen=True):
    """Make the file, or put this content in place of its own; its directory has to exist."""

    path: str
    data_base64: str


class FsCreateDirectoryParams(Wire, frozen=True):
    """Make a directory, and with `recursive` (the default) those above it; no error where it exists then."""

    path: str
    recursive: bool | None = None


class FsMetadata(Wire, frozen=True):
    """What `path` is, seen through links; milliseconds since the epoch, 0 where the system does not know."""

    is_directory: bool
    is_file: bool
    is_symlink: bool
    created_at_ms: int
    modified_at_ms: int


class FsDirectoryEntry(Wire, frozen=True):
    """One name of a directory; what it is, is seen through links."""

    file_name: str
    is_directory: bool
    is_file: bool


class FsReadDirectoryResponse(Wire, frozen=True):
    """The names in the directory, sorted."""

    entries: list[FsDirectoryEntry]


class FsRemoveParams(Wire, frozen=True):
    """Remove a file, a link (never what it points to) or, with `recursive`, a directory.

    With `force` a missing path is no error. Both are on unless they are said to be off.
    """

    path: str
    recursive: bool | None = None
    force: bool | None = None


class FsCopyParams(Wire, frozen=True):
    """Copy a file, a link as a link, or with `recursive` a directory; what is there is overwritten."""

    source_path: str
    destination_path: str
    recursive: bool = False


class FsDone(Wire, frozen=True):
    """It is done."""


class FsWatchParams(Wire, frozen=True):
    """Tell of changes of a file, or of the names directly in a directory; `watch_id` is the client's choice."""

    path: str
    watch_id: str


class FsWatchResponse(Wire, frozen=True):
    """What is watched."""

    path: str


class FsUnwatchParams(Wire, frozen=True):
    """Tell no more; no error where there is no such watch."""

    watch_id: str


class FsChangedNotification(Wire, frozen=True):
    """These paths were made, changed or removed since the last one."""

    watch_id: str
    changed_paths: list[str]
