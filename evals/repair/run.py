"""Run an agent over the repair set and print how many programs it really repaired.

`python evals/repair/run.py` measures `jm exec` with the offline provider; `--check` proves the set
itself without an agent. Exit code 0 whatever the figure is; 1 when `--check` finds a bad case.
"""

import argparse
import json
import shlex
import statistics
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from case_file import Case, CaseError, apply_reference_fix, copy_repo, load_cases
from judge import (
    HIDDEN_COMMAND,
    Verdict,
    add_hidden_tests,
    judge,
    kill_left_overs,
    run_limited,
    run_tests,
)

DEFAULT_AGENT = (
    "env JOURNEYMAN_HOME={home} {jm} exec --skip-git-repo-check -s workspace-write"
    " -m offline/repair 'make the tests pass'"
)
TEST_SECONDS = 30.0
HANG_SECONDS = 5.0


@dataclass(frozen=True)
class Row:
    """The result of one case, as printed and as written with --json."""

    case: str
    kind: str
    expect: str
    word: str
    right: bool
    seconds: float
    exit_code: int | None
    left_processes: int
    detail: str


def say(text: str) -> None:
    """Print one line at once, so that a long run can be watched."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run_case(case: Case, options: argparse.Namespace, root: Path) -> Row:
    """Give the agent a fresh copy of one case and judge what it leaves."""
    repo, home = root / case.name / "repo", root / case.name / "home"
    home.mkdir(parents=True)
    copy_repo(case, repo)
    beside = Path(sys.executable).with_name("jm")
    fields = {
        "repo": repo,
        "home": home,
        "name": case.name,
        "jm": beside if beside.exists() else "jm",
    }
    try:
        command = [part.format(**fields) for part in shlex.split(options.agent)]
    except KeyError as error:
        raise CaseError("--agent", f"{error} is not one of {', '.join(fields)}") from error
    try:
        outcome = run_limited(
            command,
            repo,
            log=root / case.name / "agent.log",
            timeout_seconds=options.timeout,
            memory_bytes=options.memory_mb << 20,
        )
    except OSError as error:
        raise CaseError(command[0], f"the agent cannot be started: {error}") from error
    left = kill_left_overs(root / case.name)
    if outcome.timed_out:
        verdict = Verdict("timeout", right=False, detail="killed")
    else:
        scratch = root / case.name / "judged"
        verdict = judge(case, repo, scratch, timeout_seconds=TEST_SECONDS)
        if not outcome.is_green and verdict.word in {"honest", "not-found"}:
            last = " ".join(outcome.output.strip().splitlines()[-1:])
            verdict = Verdict(
                "agent-failed", right=False, detail=f"exit {outcome.exit_code}: {last}"
            )
    return Row(
        case=case.name,
        kind=case.kind,
        expect=case.expect,
        word=verdict.word,
        right=verdict.right,
        seconds=round(outcome.seconds, 2),
        exit_code=outcome.exit_code,
        left_processes=left,
        detail=verdict.detail,
    )


def show(row: Row) -> None:
    """One line of the live table."""
    mark = "ok" if row.right else "--"
    left = f"  LEFT {row.left_processes} processes" if row.left_processes else ""
    say(
        f"{mark} {row.case:<26} {row.word:<13} {row.seconds:>7.1f} s  {row.detail}  [{row.kind}]{left}"
    )


def summarise(rows: list[Row]) -> None:
    """The figures of the whole run."""
    words = Counter(row.word for row in rows)
    seconds = [row.seconds for row in rows]
    bugs = [row for row in rows if row.expect == "fix"]
    say(f"\nright: {sum(row.right for row in rows)}/{len(rows)}")
    say(f"repaired: {sum(row.right for row in bugs)}/{len(bugs)} programs with one bug")
    say(", ".join(f"{word} {count}" for word, count in words.most_common()))
    say(f"seconds: median {statistics.median(seconds):.1f}, max {max(seconds):.1f}")


def run_agent(cases: list[Case], options: argparse.Namespace) -> int:
    """Run the agent on every case, keep the folders of a run under the root."""
    parent = options.root or Path.home() / ".cache" / "journeyman-evals"
    parent.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="repair-", dir=parent)).resolve()
    say(f"{len(cases)} cases, each in a folder of {root}")
    rows: list[Row] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(partial(run_case, options=options, root=root), cases):
            show(row)
            rows.append(row)
    summarise(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0


def check_case(case: Case, root: Path) -> str:
    """Prove one case: what is wrong with it, or an empty text.

    The visible tests fail as the case says, the hidden ones fail too, and both pass once the
    reference fix is applied.
    """
    buggy, fixed = root / case.name / "buggy", root / case.name / "fixed"
    for repo in (buggy, fixed):
        copy_repo(case, repo)
        add_hidden_tests(case, repo)
    apply_reference_fix(case, fixed)
    visible_command = (*case.command, "--ignore=hidden_tests")
    if "pytest" not in case.command:
        visible_command = case.command
    for tests, command in (("visible", visible_command), ("hidden", HIDDEN_COMMAND)):
        outcome = run_tests(fixed, command, timeout_seconds=TEST_SECONDS)
        if not outcome.is_green:
            return f"{tests} tests are not green with the fix\n{outcome.output[-1500:]}"
        if outcome.seconds > HANG_SECONDS:
            return f"{tests} tests are slow: {outcome.seconds:.1f} s"
        if case.expect == "green":
            continue
        seconds = TEST_SECONDS if case.fails == "red" else HANG_SECONDS
        outcome = run_tests(buggy, command, timeout_seconds=seconds)
        if tests == "hidden" and not outcome.is_green:
            continue
        seen = "hang" if outcome.timed_out else "green" if outcome.is_green else "red"
        allowed = ("red", "hang") if case.fails == "unruly" else (case.fails,)
        if seen not in allowed or outcome.exit_code not in {0, 1, None}:
            return f"{tests} tests are {seen} without the fix, not {case.fails}\n{outcome.output[-1500:]}"
    return ""


def check(cases: list[Case], jobs: int) -> int:
    """Prove every case of the set; no agent takes part."""
    bad = 0
    with (
        tempfile.TemporaryDirectory(prefix="repair-check-") as folder,
        ThreadPoolExecutor(jobs) as pool,
    ):
        faults = pool.map(partial(check_case, root=Path(folder)), cases)
        for case, fault in zip(cases, faults, strict=True):
            bad += bool(fault)
            say(
                f"{'BAD' if fault else 'ok '} {case.name:<26} {case.kind}{': ' * bool(fault)}{fault}"
            )
    kinds, tags = Counter(case.kind for case in cases), Counter(t for c in cases for t in c.tags)
    say(f"\n{len(cases)} cases, {bad} bad, {len(kinds)} kinds of bug")
    say("tags: " + ", ".join(f"{tag} {count}" for tag, count in tags.most_common()))
    return 1 if bad else 0


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--agent",
        default=DEFAULT_AGENT,
        help="command, with {repo} {home} {name} {jm}; runs in {repo}",
    )
    parser.add_argument(
        "--only", action="append", default=[], help="cases whose name contains this"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for each case")
    parser.add_argument("--memory-mb", type=int, default=8192, help="limit of each agent process")
    parser.add_argument("--root", type=Path, help="where the copies go (default: the user's cache)")
    parser.add_argument("--json", type=Path, help="write every row to this file")
    parser.add_argument("--check", action="store_true", help="prove the set itself, with no agent")
    return parser.parse_args()


def main() -> int:
    """Run the command line; the exit code."""
    options = parse_options()
    try:
        cases = load_cases(options.only)
        return check(cases, options.jobs) if options.check else run_agent(cases, options)
    except CaseError as error:
        sys.stderr.write(f"run.py: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
