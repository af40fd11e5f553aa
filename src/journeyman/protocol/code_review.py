"""Reviews: what is reviewed, and what was found.

The findings keep the names that the reference's model answers with, which other programs read.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.turns import Turn
from journeyman.protocol.wire import Wire


class UncommittedChanges(Wire, frozen=True, tag_field="type", tag="uncommittedChanges"):
    """What is staged, unstaged and untracked."""


class BaseBranch(Wire, frozen=True, tag_field="type", tag="baseBranch"):
    """What the current branch changes against this one."""

    branch: str


class CommitTarget(Wire, frozen=True, tag_field="type", tag="commit"):
    """What one commit changes; `title` is for people."""

    sha: str
    title: str | None = None


class CustomReview(Wire, frozen=True, tag_field="type", tag="custom"):
    """Whatever the user's words say."""

    instructions: str


ReviewTarget = UncommittedChanges | BaseBranch | CommitTarget | CustomReview


class ReviewStartParams(Wire, frozen=True):
    """Review something in a turn of this thread."""

    thread_id: str
    target: ReviewTarget
    delivery: Literal["inline"] | None = None


class ReviewStartResponse(Wire, frozen=True):
    """The turn, in progress, and the thread that it is in."""

    turn: Turn
    review_thread_id: str


class LineRange(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, counted from 1, both included."""

    start: int
    end: int


class CodeLocation(msgspec.Struct, frozen=True, kw_only=True):
    """Where in which file."""

    absolute_file_path: str
    line_range: LineRange


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that should be looked at; `priority` is 0 (drop everything) to 3 (nice to have)."""

    title: str
    body: str
    code_location: CodeLocation
    confidence_score: float = 0.0
    priority: int | None = None


class ReviewOutput(msgspec.Struct, frozen=True, kw_only=True):
    """All of a review."""

    findings: list[Finding] = []
    overall_correctness: str = ""
    overall_explanation: str = ""
    overall_confidence_score: float = 0.0


class ReviewCompletedNotification(Wire, frozen=True):
    """A review has ended; of our own, beside the item that has it as text."""

    thread_id: str
    turn_id: str
    output: ReviewOutput
