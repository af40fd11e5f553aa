"""What `jm doctor` found, as data in the shape that scripts know, and as text for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from journeyman.visible_text import visible_line

Status = Literal["ok", "warning", "fail"]
_RANK: dict[Status, int] = {"ok": 0, "warning": 1, "fail": 2}
_MARKS: dict[Status, str] = {"ok": "ok  ", "warning": "warn", "fail": "FAIL"}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found; `details` are names and values, none of them secret."""

    status: Status
    summary: str
    details: Mapping[str, str] = {}
    remediation: str | None = None


class CheckReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A finding with the check's name, and how long it took."""

    id: str
    category: str
    status: Status
    summary: str
    details: Mapping[str, str]
    remediation: str | None
    duration_ms: int


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All checks; `codex_version` is the level of the wire protocol, under the name that scripts read."""

    schema_version: int
    generated_at: str
    overall_status: Status
    codex_version: str
    journeyman_version: str
    checks: Mapping[str, CheckReport]


def worst(checks: Sequence[CheckReport]) -> Status:
    """The status of the whole: that of the check that is worst off."""
    ranks = [_RANK[check.status] for check in checks]
    return list(_RANK)[max(ranks, default=0)]


def as_text(report: Report, *, with_details: bool) -> str:
    """The report for a person, a line a check; what to do stands below what is not well."""
    lines = [f"Journeyman {report.journeyman_version}"]
    for check in report.checks.values():
        lines.append(f"{_MARKS[check.status]}  {check.id:<28}  {visible_line(check.summary)}")
        if check.remediation and check.status != "ok":
            lines.append(f"      -> {visible_line(check.remediation)}")
        if with_details:
            lines += [
                f"      {name}: {visible_line(value)}" for name, value in check.details.items()
            ]
    counts = dict.fromkeys(_RANK, 0)
    for check in report.checks.values():
        counts[check.status] += 1
    lines.append(f"{counts['ok']} ok, {counts['warning']} warnings, {counts['fail']} failed")
    return "\n".join(lines)
