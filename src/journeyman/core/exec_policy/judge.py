"""What happens to a command before it runs: it runs, someone is asked, or it is refused.

Owns the first look, which most commands of a confined run do not need to go beyond. Only a user's own
allow rule, never our classification, lifts the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from journeyman.core.exec_policy.judgement import Judgement, Request, script_text
from journeyman.core.exec_policy.rules import Rules
from journeyman.core.exec_policy.suspicion import is_suspect

# One program that only reads, whatever its options, and plain words: the parser need not be loaded for it.
_PLAIN = re.compile(r"(?:true|false|pwd|ls|cat|head|tail|wc)(?: [\w./-]+)*", re.ASCII)


def judge(request: Request, rules: Rules) -> Judgement:
    """Judge one command before it runs; never raises, whatever the command is."""
    if _needs_no_look(request, rules):
        return Judgement(verdict="run")
    from journeyman.core.exec_policy.verdict import judge_script  # noqa: PLC0415 -- the parser and the tables cost 25 ms

    return judge_script(request, rules)


def is_known_harmless(argv: Sequence[str]) -> bool:
    """Whether `argv` (`<shell> -c <command>`) only reads."""
    text = script_text(argv)
    if text is None:
        return False
    if _PLAIN.fullmatch(text):
        return True
    from journeyman.core.exec_policy.verdict import is_harmless_command  # noqa: PLC0415 -- the parser and the tables cost 25 ms

    return is_harmless_command(text)


def writes_with_git(argv: Sequence[str]) -> bool:
    """Whether `argv` is plain git that writes a repository's metadata, and nothing else that is not harmless."""
    if not any("git" in word for word in argv):
        return False
    from journeyman.core.exec_policy.git_commands import is_plain_git  # noqa: PLC0415 -- the parser and the tables cost 25 ms

    return is_plain_git(argv)


def _needs_no_look(request: Request, rules: Rules) -> bool:
    """Whether the answer is "run" whatever the parser would find."""
    if rules or request.escalate or request.approval_policy == "untrusted":
        return False
    text = script_text(request.argv)
    if text is None or is_suspect(text):
        return False
    return request.confined or request.approval_policy == "never"
