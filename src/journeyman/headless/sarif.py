"""A review as SARIF 2.1.0, which code hosts and editors show beside the code. Pure.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0 (sections 3.13 to 3.30).
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from journeyman.protocol.code_review import Finding, ReviewOutput

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "ROOT"
_LEVELS = {0: "error", 1: "error", 2: "warning", 3: "note"}
_WHAT_PRIORITIES_ARE = {
    0: "Stop everything",
    1: "To mend before merging",
    2: "To mend soon",
    3: "Nice to have",
}
# Where the model gave no priority.
_MIDDLE = 2


def sarif(review: ReviewOutput, root: str, version: str) -> dict[str, Any]:
    """The log of one run; paths below `root`, an absolute folder, are relative to it."""
    rules = [
        {"id": f"P{priority}", "shortDescription": {"text": text}}
        for priority, text in _WHAT_PRIORITIES_ARE.items()
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "journeyman", "version": version, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"uri": f"file://{quote(root.rstrip('/'))}/"}},
                "results": [_result(finding, root) for finding in review.findings],
                "properties": {
                    "overallCorrectness": review.overall_correctness,
                    "overallExplanation": review.overall_explanation,
                    "overallConfidenceScore": review.overall_confidence_score,
                },
            }
        ],
    }


def _result(finding: Finding, root: str) -> dict[str, Any]:
    priority = _MIDDLE if finding.priority is None else finding.priority
    lines = finding.code_location.line_range
    text = f"{finding.title}\n\n{finding.body}" if finding.body else finding.title
    return {
        "ruleId": f"P{priority}",
        "ruleIndex": priority,
        "level": _LEVELS[priority],
        "message": {"text": text},
        "rank": round(finding.confidence_score * 100, 1),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.code_location.absolute_file_path, root),
                    "region": {"startLine": lines.start, "endLine": lines.end},
                }
            }
        ],
    }


def _artifact(path: str, root: str) -> dict[str, str]:
    try:
        inside = PurePosixPath(path).relative_to(root)
    except ValueError:
        return {"uri": f"file://{quote(path)}"}
    return {"uri": quote(str(inside)), "uriBaseId": _ROOT}
