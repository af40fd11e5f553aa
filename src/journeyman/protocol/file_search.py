"""fuzzyFileSearch: finding files by a few letters of their path, once or while the user types."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.wire import Wire


class FileSearchParams(Wire, frozen=True):
    """Look in `roots`, directories, absolute or below the server's own.

    A request with the same `cancellation_token` takes the place of the one before, which finds nothing then.
    """

    query: str
    roots: list[str]
    cancellation_token: str | None = None


class FileMatch(msgspec.Struct, kw_only=True, frozen=True):
    """One path, relative to its root; `indices` are the positions of the letters in it."""

    root: str
    path: str
    match_type: Literal["file", "directory"]
    file_name: str
    score: int
    indices: list[int]


class FileSearchResponse(Wire, frozen=True):
    """The best matches, best first."""

    files: list[FileMatch]


class FileSearchSessionStartParams(Wire, frozen=True):
    """Read the names once, for many queries; `session_id` is the client's choice."""

    session_id: str
    roots: list[str]


class FileSearchSessionUpdateParams(Wire, frozen=True):
    """The query as it is now; sessionUpdated and sessionCompleted follow, for the newest one only."""

    session_id: str
    query: str


class FileSearchSessionStopParams(Wire, frozen=True):
    """Forget the names; no error where there is no such session."""

    session_id: str


class FileSearchDone(Wire, frozen=True):
    """It is done."""


class FileSearchSessionUpdated(Wire, frozen=True):
    """What the query finds."""

    session_id: str
    query: str
    files: list[FileMatch]


class FileSearchSessionCompleted(Wire, frozen=True):
    """Nothing more comes for this query."""

    session_id: str
