"""What the offline provider tells the user, in full sentences and with figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeyman.models.repair.answer import Answer, Repair, Tests

START = (
    "I am the offline repair provider: no language model, but a search for a small edit that makes"
    " failing tests pass. First I run the tests."
)
NO_TESTS = (
    "I found no tests that I can run here (pytest, unittest, or plain `test_*` functions), so there"
    " is nothing to repair by: I can only search for an edit that makes a failing test pass."
    " Nothing was changed. Add a test that shows the fault, and ask again."
)
NO_TOOLS = (
    "I need the tools exec_command and apply_patch, and this thread does not offer both."
    " Nothing was changed."
)
TOO_SLOW = (
    "The command is still running long after its own time limit, so I stop waiting."
    " Nothing was changed."
)
REVERTED = (
    "The edit passed in the copy that the search works in but not in the repository itself, so I"
    " took it back: the files are as they were. Tests that depend on files outside the repository,"
    " on the time or on each other's order can cause that."
)
_MISSING = re.compile(r"No module named '([^']+)'|No package metadata was found for (\S+)")
_STAGES = {
    "look": "running the tests",
    "search": "the search",
    "try": "trying the proposals",
    "check": "testing the change",
}


def engine_failed(stage: str, exit_code: int | None, printed: str) -> str:
    """The engine gave no result: declined, no sandbox, a broken environment."""
    tail = "\n".join(printed.strip().splitlines()[-12:])[-1500:] or "(no output)"
    if exit_code is None:
        reason = "the command was not run, or was cut short"
    elif exit_code == 125:
        reason = "the sandbox could not be set up (exit code 125)"
    else:
        reason = f"the command ended with exit code {exit_code} and without a result"
    changed = (
        "The edit is applied but not verified." if stage == "check" else "Nothing was changed."
    )
    return f"I could not go on with {_STAGES.get(stage, stage)}: {reason}.\n\n{tail}\n\n{changed}"


def counts(tests: Tests) -> str:
    """`3 passed, 1 failed`."""
    return f"{tests.passed} passed, {tests.failed} failed"


def green(tests: Tests) -> str:
    """Nothing to do."""
    return f"All tests pass already ({counts(tests)}), so I changed nothing."


def failing(tests: Tests) -> str:
    """Before the search."""
    shown = "\n".join(f"- {line}" for line in tests.failures[:5])
    return (
        f"{counts(tests)}.\n{shown}\n\nNow I search for a small edit that makes all of them pass."
    )


def proposed(count: int) -> str:
    """After the model was asked."""
    return (
        f"No small edit of mine helps. Experimental: the local model proposes {count} other texts for the most"
        " suspicious lines, and I test them like my own edits."
    )


def nothing_found(answer: Answer, *, after_model: bool = False) -> str:
    """An honest end."""
    if answer.status == "green":
        return "All tests pass now, although they failed a moment ago: they may depend on chance."
    shown = "\n".join(f"- {line}" for line in answer.tests.failures[:5])
    return (
        f"I found no edit that makes the tests pass. I tried {answer.tried} small edits"
        " (operators, constants, names, arguments, conditions, calls, order and level of statements,"
        " missing statements) of the code that the failing tests run, and some pairs of them."
        f"{' Nor did any line that the local model proposed (experimental).' if after_model else ''}\n\n"
        f"Still failing ({counts(answer.tests)}):\n{shown}\n\n"
        f"{_not_installed(answer.tests)}"
        "Nothing was changed. A fault that takes more than one or two small edits is beyond this"
        " provider; a language model may do better."
    )


def _not_installed(tests: Tests) -> str:
    """What to do where tests could not even be imported; empty where that is not the trouble."""
    if any(line.startswith("collection: ") for line in tests.failures):
        return "`python -m pytest --collect-only` shows why the tests cannot be collected.\n\n"
    found = [match[1] or match[2] for line in tests.failures if (match := _MISSING.search(line))]
    if not found:
        return ""
    return (
        f"Not there for the Python that ran the tests: {', '.join(sorted(set(found)))}. Where the project"
        " needs that, install it, such as with `python -m venv .venv` and `.venv/bin/pip install -e .`,"
        " and ask again.\n\n"
    )


def chosen(repair: Repair) -> str:
    """Before the patch."""
    return f"Found at {repair.place} ({repair.kind}). I apply it and run all tests again."


def not_applied(output: str) -> str:
    """The patch was refused."""
    return f"The change could not be applied, so the files are as they were:\n\n{output.strip()}"


def taking_back(tests: Tests) -> str:
    """Before the revert."""
    return f"With the edit the tests say {counts(tests)}. I take it back."


def not_reverted(output: str) -> str:
    """The worst end."""
    return f"The edit did not hold, and taking it back failed as well:\n\n{output.strip()}"


_SURE = {
    "high": "Fairly sure: the programs that pass all tests agree with this one on inputs that no"
    " test uses.",
    "medium": "Not certain: other edits that behave differently also pass, though this one is"
    " likelier. Please read it.",
    "low": "Unsure: the tests leave much open. Please read the change before you keep it.",
}


def repaired(found: Answer, after: Tests) -> str:
    """The good end: what was wrong, what changed, how sure it is."""
    repair = found.repair
    text = ""
    if repair is not None:
        changed = "\n".join(repair.changed)
        text = f"Repaired: {repair.place} ({repair.kind}).\n\n```diff\n{changed}\n```\n\n"
    text += (
        f"Tests before: {counts(found.tests)}. Now: {counts(after)}.\n\n"
        f"{_SURE.get(found.confidence, _SURE['low'])} I tried {found.tried} edits;"
        f" {found.plausible} passed all tests."
    )
    if found.others:
        text += "\n\nOther edits that pass the same tests:\n"
        text += "\n".join(f"- {line}" for line in found.others)
    return text
