"""What a run of tests says: plain values that travel between the engine's processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

PASSED, FAILED, SKIPPED, TIMEOUT = "passed", "failed", "skipped", "timeout"


@dataclass
class Outcome:
    """One test's end. `frames` are (file, line) from the outside in; `seconds` is CPU time."""

    test: str
    status: str
    reason: str = ""
    frames: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether it does not fail."""
        return self.status in {PASSED, SKIPPED}


class OutOfTime(BaseException):
    """Raised inside a test that has used up its CPU time."""


class Suite(Protocol):
    """Tests that were collected in this process and can be run one by one."""

    tests: list[str]
    errors: list[Outcome]

    def run(self, test: str) -> Outcome:
        """Run one test here and now."""
        ...

    def parameters(self, test: str) -> list[object]:
        """Values that a test is given and that outlive it."""
        ...


def describe_failure(test: str, error: BaseException) -> Outcome:
    """The outcome of a test that ended with an exception."""
    frames: list[tuple[str, int]] = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    if len(frames) > 200:
        frames = frames[:100] + frames[-100:]
    status = TIMEOUT if isinstance(error, OutOfTime) else FAILED
    try:
        text = str(error)
    except Exception as broken:
        text = f"unprintable: {type(broken).__name__}"
    head = text.strip().splitlines()[0] if text.strip() else ""
    return Outcome(test, status, f"{type(error).__name__}: {head[:200]}".rstrip(": "), frames)
