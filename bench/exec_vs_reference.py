"""Measures `jm exec` beside the reference program, in alternating runs against one local server.

Owns the figures that DESIGN budgets as ratios: start to first request, time per sandboxed call,
peak memory of the process tree, bytes of the first request. Prints the ratio of the medians and the
median of the pairwise ratios; exits 1 when a ratio is over its budget.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from process_tree import peak_pss_bytes
from responses_server import ResponsesServer

ROOT = Path(__file__).resolve().parent.parent
CALLS = 5
CONFIG = """\
model = "gpt-5.5"
model_provider = "local"

[model_providers.local]
name = "local"
base_url = "{base_url}"
wire_api = "responses"
env_key = "BENCH_KEY"
"""


@dataclass(frozen=True)
class Program:
    """A program under measurement: its name, its binary, the variable that names its home."""

    name: str
    binary: Path
    home_variable: str


@dataclass(frozen=True)
class Run:
    """What one run showed. Seconds and bytes; `peak_bytes` is 0 where it was not sampled."""

    start_seconds: float
    call_seconds: float
    peak_bytes: int
    request_bytes: int


@dataclass(frozen=True)
class Figure:
    """One budgeted figure: the attribute of Run, its unit and the largest allowed ratio."""

    title: str
    attribute: str
    unit: str
    scale: float
    budget: float


TIMED = (
    Figure("start to first request", "start_seconds", "ms", 1e3, 1.0),
    Figure("one sandboxed call", "call_seconds", "ms", 1e3, 0.35),
    Figure("first request body", "request_bytes", "B", 1, 0.55),
)
SAMPLED = (Figure(f"peak PSS, {CALLS} calls", "peak_bytes", "MiB", 1 / 2**20, 0.4),)


class BenchError(Exception):
    """A program did not do what every run must do; the message has its last words."""


def main() -> int:
    """Measure, print the table and return whether a budget is broken (1) or not (0)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="timed pairs (default 15)")
    parser.add_argument("--memory-pairs", type=int, default=5, help="sampled pairs (default 5)")
    options = parser.parse_args()
    # the reference refuses to use a home below /tmp
    (ROOT / ".cache").mkdir(exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    try:
        programs = (
            Program("jm", ROOT / ".venv" / "bin" / "jm", "JOURNEYMAN_HOME"),
            Program("reference", find_reference(), "CODEX_HOME"),
        )
        for program in programs:
            measure(program, stage, sample_memory=False)  # fills the disk cache, not counted
        timed = measure_pairs(programs, stage, options.pairs, sample_memory=False)
        sampled = measure_pairs(programs, stage, options.memory_pairs, sample_memory=True)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    print(f"{'':24}{'jm':>10}{'reference':>12}{'':5}{'medians':>9}{'pairwise':>10}{'budget':>8}")
    kept = [report(figure, timed) for figure in TIMED]
    kept += [report(figure, sampled) for figure in SAMPLED]
    return 0 if all(kept) else 1


def find_reference() -> Path:
    """Return the reference's native program, as `setup.py --for-bench` installed it."""
    pattern = "node_modules/@openai/codex-*/vendor/*/bin/codex"
    found = sorted((ROOT / ".cache" / "bench").glob(pattern))
    if not found:
        raise BenchError("the reference program is not installed: run `make bench`")
    return found[0]


def measure_pairs(
    programs: tuple[Program, Program], stage: Path, pairs: int, *, sample_memory: bool
) -> list[tuple[Run, Run]]:
    """Run both programs alternately, the first one changing from pair to pair."""
    measured: list[tuple[Run, Run]] = []
    for number in range(pairs):
        order = programs if number % 2 == 0 else programs[::-1]
        runs = {p.name: measure(p, stage, sample_memory=sample_memory) for p in order}
        measured.append((runs[programs[0].name], runs[programs[1].name]))
        if sys.stderr.isatty():
            print(f"\r\033[K{number + 1}/{pairs} pairs\r", end="", file=sys.stderr, flush=True)
    return measured


def measure(program: Program, stage: Path, *, sample_memory: bool) -> Run:
    """Run a program once in a fresh home and a fresh, empty git repository."""
    home, work = (Path(tempfile.mkdtemp(prefix=kind, dir=stage)) for kind in ("home-", "work-"))
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    server = ResponsesServer(calls=CALLS)
    (home / "config.toml").write_text(CONFIG.format(base_url=server.base_url), encoding="utf-8")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "CODEX_"))},
        program.home_variable: str(home),
        "BENCH_KEY": "not-a-secret",
    }
    log = stage / "output"
    command = [str(program.binary), "exec", "-s", "workspace-write", "just say hello"]
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peak = peak_pss_bytes(process) if sample_memory else 0
        exit_code = process.wait(timeout=120)
    server.close()
    arrivals = server.arrivals
    if exit_code or len(arrivals) != CALLS + 1 or not calls_worked(arrivals[-1].body):
        last_words = log.read_text(encoding="utf-8", errors="replace")[-1500:]
        raise BenchError(
            f"{program.name}: exit code {exit_code}, {len(arrivals)} of {CALLS + 1} requests; "
            f"it said:\n{last_words}"
        )
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(arrivals)]
    return Run(
        start_seconds=arrivals[0].at - started,
        call_seconds=statistics.median(gaps),
        peak_bytes=peak,
        request_bytes=len(arrivals[0].body),
    )


def calls_worked(body: bytes) -> bool:
    """Tell whether every command of the run really ran: a refusal would be fast, too."""
    items = json.loads(body)["input"]
    outputs = [json.dumps(i) for i in items if i.get("type") == "function_call_output"]
    return len(outputs) == CALLS and all("exited with code 0" in text for text in outputs)


def report(figure: Figure, pairs: list[tuple[Run, Run]]) -> bool:
    """Print one row. Return whether the ratio of the medians keeps its budget."""
    ours, theirs = (
        [getattr(pair[side], figure.attribute) * figure.scale for pair in pairs] for side in (0, 1)
    )
    medians = statistics.median(ours) / statistics.median(theirs)
    pairwise = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    kept = medians <= figure.budget
    print(
        f"{figure.title:24}{statistics.median(ours):>10.1f}{statistics.median(theirs):>12.1f}"
        f" {figure.unit:4}{medians:>9.2f}{pairwise:>10.2f}{figure.budget:>8.2f}"
        f"  {'ok' if kept else 'OVER'}"
    )
    return kept


if __name__ == "__main__":
    sys.exit(main())
