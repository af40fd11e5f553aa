"""What `jm exec` was asked, as plain values: its flags, and what its words mean."""

from __future__ import annotations

from typing import Literal

import msgspec

from journeyman.cli.review_request import ReviewFlags, check_review

_NO_REVIEW = ReviewFlags()


class ExecFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The options that only `jm exec` has."""

    last: bool = False
    all_directories: bool = False
    json: bool = False
    costs: bool = False
    output_file: str | None = None
    output_schema: str | None = None
    color: Literal["always", "never", "auto"] = "auto"
    skip_git_repo_check: bool = False
    trust: bool = False
    approve_for_me: bool = False
    ephemeral: bool = False
    ignore_user_config: bool = False
    ignore_rules: bool = False
    thread_source: str | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, with which thread (id or name; None means the newest), and the prompt argument."""

    action: Literal["start", "resume", "fork", "review"] = "start"
    thread: str | None = None
    prompt: str | None = None
    review: ReviewFlags = ReviewFlags()


def read_words(
    words: tuple[str, ...],
    flags: ExecFlags,
    review: ReviewFlags = _NO_REVIEW,
    *,
    all_literal: bool,
) -> Words:
    """Understand the positional words.

    Args:
        words: as they stood on the command line.
        flags: `--last` decides what the first word after `resume` is.
        review: what only `review` may be given.
        all_literal: they all stood after `--`, so that the first one is a prompt, whatever it says.

    Raises:
        ValueError: too many words, or too few; the text says which.
    """
    if words and not all_literal and words[0] in {"resume", "fork", "review"}:
        read = _read_action(words, flags, review)
    else:
        if len(words) > 1:
            message = f"unexpected argument {words[1]!r}: quote the prompt to make it one argument"
            raise ValueError(message)
        read = Words(prompt=words[0] if words else None)
    if read.action != "resume" and (flags.last or flags.all_directories):
        message = "--last and --all belong to `jm exec resume`"
        raise ValueError(message)
    if read.action != "review" and not review.is_empty:
        message = "--uncommitted, --base, --commit, --title and --sarif belong to `jm exec review`"
        raise ValueError(message)
    return read


def _read_action(words: tuple[str, ...], flags: ExecFlags, review: ReviewFlags) -> Words:
    if words[0] == "resume":
        return _resume(words[1:], flags)
    if words[0] == "fork":
        return _fork(words[1:])
    _at_most(words, 2)
    prompt = words[1] if len(words) > 1 else None
    check_review(review, prompt)
    return Words(action="review", prompt=prompt, review=review)


def _resume(words: tuple[str, ...], flags: ExecFlags) -> Words:
    if flags.last:
        _at_most(words, 1)
        return Words(action="resume", prompt=words[0] if words else None)
    _at_most(words, 2)
    if not words:
        message = "name the thread to resume by its id or name, or give --last"
        raise ValueError(message)
    return Words(action="resume", thread=words[0], prompt=words[1] if len(words) > 1 else None)


def _fork(words: tuple[str, ...]) -> Words:
    _at_most(words, 2)
    if not words:
        message = "name the thread to fork by its id or name"
        raise ValueError(message)
    return Words(action="fork", thread=words[0], prompt=words[1] if len(words) > 1 else None)


def _at_most(words: tuple[str, ...], count: int) -> None:
    if len(words) > count:
        message = f"unexpected argument {words[count]!r}: quote the prompt to make it one argument"
        raise ValueError(message)
