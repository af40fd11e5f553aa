"""Reads what a reviewing model answered, and says it as text. Pure, and tolerant: a model writes what it wants."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import Any, TypeGuard, cast

from journeyman.protocol.code_review import CodeLocation, Finding, LineRange, ReviewOutput
from journeyman.protocol.foreign_json import record

# Nobody reads more; a model that repeats itself could go on for ever.
_MAX_FINDINGS = 200
_MAX_TEXT = 8_000
# An answer of braces alone must not take all day.
_MAX_ATTEMPTS = 500
_PRIORITIES = range(4)


def read_review(text: str, cwd: str) -> ReviewOutput:
    """The review in a model's last message; what is not of its form becomes the explanation.

    Relative paths are taken from `cwd`; a finding without a place is left out.
    """
    answer = next(_objects(text), None)
    if answer is None:
        return ReviewOutput(overall_explanation=text.strip())
    raw = answer.get("findings")
    findings = [
        _finding(entry, cwd) for entry in cast("list[Any]", raw if isinstance(raw, list) else [])
    ]
    return ReviewOutput(
        findings=[finding for finding in findings if finding is not None][:_MAX_FINDINGS],
        overall_correctness=_text(answer.get("overall_correctness")),
        overall_explanation=_text(answer.get("overall_explanation")),
        overall_confidence_score=_share(answer.get("overall_confidence_score")),
    )


def review_as_text(review: ReviewOutput) -> str:
    """The explanation and the findings, for people and for the model that goes on."""
    explanation = review.overall_explanation.strip()
    if not review.findings:
        return explanation or "The reviewer said nothing."
    heading = "Full review comments:" if len(review.findings) > 1 else "Review comment:"
    parts = [explanation, heading, *map(_as_text, review.findings)]
    return "\n\n".join(part for part in parts if part)


def _as_text(finding: Finding) -> str:
    place = finding.code_location
    lines = place.line_range
    head = f"- {finding.title} — {place.absolute_file_path}:{lines.start}-{lines.end}"
    return "\n".join([head, *(f"  {line}" for line in finding.body.splitlines())])


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in the text that look like a review."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    for _ in range(_MAX_ATTEMPTS):
        if position < 0:
            return
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict) and ("findings" in value or "overall_explanation" in value):
                yield cast("dict[str, Any]", value)
        position = text.find("{", end)


def _finding(raw: Any, cwd: str) -> Finding | None:
    entry = record(raw)
    place = record(entry.get("code_location"))
    lines = record(place.get("line_range"))
    title, path, start = (
        _text(entry.get("title")),
        place.get("absolute_file_path"),
        lines.get("start"),
    )
    if not title or not isinstance(path, str) or not path or not _is_line(start):
        return None
    end = lines.get("end")
    priority = entry.get("priority")
    return Finding(
        title=title,
        body=_text(entry.get("body")),
        confidence_score=_share(entry.get("confidence_score")),
        priority=priority if isinstance(priority, int) and priority in _PRIORITIES else None,
        code_location=CodeLocation(
            absolute_file_path=posixpath.normpath(posixpath.join(cwd, path[:_MAX_TEXT])),
            line_range=LineRange(start=start, end=max(start, end) if _is_line(end) else start),
        ),
    )


def _is_line(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31


def _text(value: Any) -> str:
    return value.strip()[:_MAX_TEXT] if isinstance(value, str) else ""


def _share(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(float(value), 0.0), 1.0) if is_number else 0.0
