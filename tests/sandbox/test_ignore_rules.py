"""Patterns in gitignore syntax, held against git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from journeyman.sandbox.ignore_rules import IgnoreError, IgnoreRules

PATHS = (
    "a.pem", "b", "conf/x", "conf/deep/x", "deep/conf/x", "deep/er/a.pem", "deep/er/keep.pem", "keep.pem", "#hash",
    "!bang", "with space", "trailing ", "x[1]", "x1", "x2", "xa", "d/e/f/g", "d/g", "star*", "starry", "UP.PEM",
    "aXbXc", "abc", "secret/one", "secret/two/three", "z-y", "back\\slash", ".env", ".env.local", "src/.env",
)  # fmt: skip
PATTERNS = (
    "*.pem", "/a.pem", "conf/", "conf", "/conf/x", "conf/x", "**/conf", "conf/**", "d/**/g", "**/g", "d/*/f", "*",
    "*.pem\n!keep.pem", "!keep.pem\n*.pem", "\\#hash", "#hash", "\\!bang", "with space", "trailing\\ ", "trailing   ",
    "x[0-9]", "x[!0-9]", "x\\[1\\]", "x[1", "x[^1]", "star\\*", "star*", "a*b*c", "a?b?c", "?", "/*", "/*/", "**", "a**",
    "secret/*\n!secret/one", "deep/**/*.pem", ".env*", "z[-y]y", "z[a-]y", "back\\\\slash", "", "/", "**/**/g",
    "[z-a]b", ".env\n!.env", "src/**/.env", "/**/x", "x[]1]", "f[",
)  # fmt: skip


def _by_git(root: Path, patterns: str) -> list[str]:
    (root / ".gitignore").write_text(patterns + "\n")
    env = {"PATH": os.defpath, "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--ignored", "--exclude-per-directory=.gitignore"],
        cwd=root,
        env=env,
        capture_output=True,
        check=True,
        text=True,
    )
    return sorted(path for path in done.stdout.split("\0") if path and path != ".gitignore")


def _by_rules(patterns: str) -> list[str]:
    rules = IgnoreRules(patterns.split("\n"))
    return sorted(path for path in PATHS if _is_named(rules, path))


def _is_named(rules: IgnoreRules, path: str) -> bool:
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    return any(rules.name(name, is_directory=True) for name in above) or rules.name(
        path, is_directory=False
    )


def test_rules_name_what_git_would_ignore(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for path in PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    expected = {patterns: _by_git(tmp_path, patterns) for patterns in PATTERNS}
    assert {patterns: _by_rules(patterns) for patterns in PATTERNS} == expected


@pytest.mark.parametrize("pattern", ["*a" * 400 + "b", "**/a*/" * 150 + "b", "[a" * 300])
def test_hostile_pattern_is_no_slower_than_its_length(pattern: str) -> None:
    # Tried every way, these would take longer than the universe has.
    assert not IgnoreRules([pattern]).name("a/" * 200 + "a" * 250, is_directory=False)


def test_more_patterns_than_can_be_applied_are_refused() -> None:
    for lines in (["a"] * 2_001, ["a" * 1_001]):
        with pytest.raises(IgnoreError):
            IgnoreRules(lines)
