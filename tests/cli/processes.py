"""Looks for processes that a test began and that should be gone."""

from __future__ import annotations

from pathlib import Path


def alive(marker: str) -> list[str]:
    """The processes whose command line has `marker`, those of this test run aside."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if entry.name.isdigit() and any(word == marker.encode() for word in words):
            found.append(entry.name)
    return found
