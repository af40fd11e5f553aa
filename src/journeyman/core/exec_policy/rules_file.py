"""Rules files on disk: all `*.rules` of a folder are read, and a rule is added for "accept and remember".

The files are the user's: nothing in them is rewritten, a rule is one line at the end.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from journeyman.core.exec_policy.rules import Rules, RulesError
from journeyman.core.exec_policy.rules_text import parse_rules


def load_rules(paths: Iterable[Path]) -> Rules:
    """The rules of these files and of all `*.rules` in these folders (by name); none when missing.

    Raises:
        RulesError: a file cannot be read or understood; no rule of any file is used then.
    """
    files: list[tuple[str, str]] = []
    for path in paths:
        found = sorted(path.glob("*.rules")) if path.is_dir() else [path]
        files.extend((str(file), _read(file)) for file in found if file.exists())
    return parse_rules(files)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}:1: cannot be read: {error}") from error


def append_allow_rule(path: Path, prefix: Sequence[str]) -> None:
    """Allow commands that begin with `prefix`; does nothing when that very line is there.

    The file and its folder are made when missing, for the user alone. Several processes may append.

    Raises:
        ValueError: the prefix is empty, or not text that a file can hold.
        OSError: the file cannot be written.
    """
    if not prefix:
        raise ValueError("a rule needs at least one word")
    words = ", ".join(_literal(word) for word in prefix)
    _append(path, f'prefix_rule(pattern=[{words}], decision="allow")')


def append_host_rule(path: Path, host: str, protocol: str, action: str) -> None:
    """Always allow or refuse a host; errors as `append_allow_rule`."""
    words = f"host={_literal(host)}, protocol={_literal(protocol)}, decision={_literal(action)}"
    _append(path, f"network_rule({words})")


def _literal(text: str) -> str:
    # JSON's escapes are also Python's and Starlark's, except for halves of surrogate pairs
    return json.dumps(text, ensure_ascii=False)


def _append(path: Path, line: str) -> None:
    data = line.encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = file.read()
        if data in before.splitlines():
            return
        start = b"" if not before or before.endswith(b"\n") else b"\n"
        file.write(start + data + b"\n")
