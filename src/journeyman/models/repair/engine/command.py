"""The engine's command line: `test` runs the tests, `search` looks for an edit that repairs them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from journeyman.models.repair.engine.interpreter import choose_python
from journeyman.models.repair.engine.layout import find_layout, imported_modules
from journeyman.models.repair.engine.lines import read_proposals
from journeyman.models.repair.engine.repair import Session, repair, run_tests
from journeyman.models.repair.engine.result import answer_lines


def run(arguments: list[str]) -> int:
    """Do what the command line says; returns the exit code (0 also when nothing was found)."""
    options = _parser().parse_args(arguments)
    root = Path(options.root).resolve()
    layout = find_layout(root, tuple(options.only))
    if not options.here:
        python = choose_python(root, imported_modules(root, layout))
        if python is not None and python != sys.executable:
            folder = str(Path(__file__).parent)
            return subprocess.call([python, "-B", folder, *arguments, "--here"], close_fds=True)
    with tempfile.TemporaryDirectory(prefix="repair-") as place:
        session = Session(
            root,
            Path(place),
            layout,
            time.monotonic() + options.budget,
            _say,
            options.propose,
            options.suspects,
        )
        result = run_tests(session) if options.action == "test" else repair(session)
    _say("\n".join(answer_lines(result, options.mark)))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repair", description=__doc__)
    parser.add_argument("action", choices=["test", "search"])
    parser.add_argument("--root", default=".", help="the repository")
    parser.add_argument("--mark", default="-", help="a word that the answer's first line has")
    parser.add_argument("--budget", type=float, default=150.0, help="seconds for the search")
    parser.add_argument("--suspects", type=int, default=0, help="lines to tell of without a repair")
    parser.add_argument(
        "--propose", type=read_proposals, default=[], help="try these: JSON, [[path, line, text]]"
    )
    parser.add_argument("--here", action="store_true", help="use this interpreter")
    parser.add_argument("--only", nargs="*", default=[], help="test or source paths to narrow to")
    return parser


if os.name != "posix":
    sys.exit("the repair engine needs a POSIX system")
