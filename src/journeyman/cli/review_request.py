"""What `jm review` and `jm exec review` were asked: the target, and the form of the answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.protocol.code_review import (
    BaseBranch,
    CommitTarget,
    CustomReview,
    ReviewTarget,
    UncommittedChanges,
)

_SHORT_HASH = 7


class ReviewFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The options that only reviews have."""

    uncommitted: bool = False
    base: str | None = None
    commit: str | None = None
    title: str | None = None
    form: Literal["text", "json", "sarif"] = "text"

    @property
    def has_target(self) -> bool:
        """Whether an option says what to review."""
        return self.uncommitted or self.base is not None or self.commit is not None

    @property
    def is_empty(self) -> bool:
        """Whether none was given."""
        return self == ReviewFlags()


def check_review(flags: ReviewFlags, prompt: str | None) -> None:
    """Raise `ValueError` unless exactly one thing is to be reviewed; the text says what is wrong."""
    given = [
        flags.uncommitted,
        flags.base is not None,
        flags.commit is not None,
        prompt is not None,
    ]
    if sum(given) == 0:
        message = "say what to review: --uncommitted, --base BRANCH, --commit SHA, or instructions"
        raise ValueError(message)
    if sum(given) > 1:
        message = "--uncommitted, --base, --commit and instructions exclude one another"
        raise ValueError(message)
    if flags.title is not None and flags.commit is None:
        message = "--title belongs to --commit"
        raise ValueError(message)


def review_target(flags: ReviewFlags, prompt: str) -> ReviewTarget:
    """The target, once `check_review` passed; `prompt` are the instructions where no option says it."""
    if flags.base is not None:
        return BaseBranch(branch=flags.base)
    if flags.commit is not None:
        return CommitTarget(sha=flags.commit, title=flags.title)
    return UncommittedChanges() if flags.uncommitted else CustomReview(instructions=prompt)


def about(target: ReviewTarget) -> str:
    """The target in words, for people."""
    match target:
        case BaseBranch(branch):
            return f"review of the changes against {branch}"
        case CommitTarget(sha=sha, title=title):
            return f"review of commit {sha[:_SHORT_HASH]}" + (f": {title}" if title else "")
        case CustomReview(instructions):
            return instructions
        case _:
            return "review of the current changes"
