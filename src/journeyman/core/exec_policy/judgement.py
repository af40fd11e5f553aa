"""The question and the answer of judging: a command as it would run, and what is to happen to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from journeyman.core.exec_policy.rules import Match
from journeyman.core.exec_policy.script import SHELLS
from journeyman.protocol.permissions import ApprovalPolicy


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A command to judge, and how it would run.

    `argv` is as it is executed (`bash -c TEXT`, or a program with its words), `confined` whether the
    thread has a sandbox, and `escalate` that the model asks to run without it. Scripts in `skill_folders`
    are skills', which a granular policy asks about apart from other commands.
    """

    argv: tuple[str, ...]
    approval_policy: ApprovalPolicy
    confined: bool
    escalate: bool = False
    justification: str = ""
    cwd: str = ""
    skill_folders: tuple[str, ...] = ()


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict; `reason` tells the user (ask) or the model (refuse) why.

    `lift_sandbox` is set when allow rules cover the whole command. `proposed_prefix` is what "accept and
    remember" would allow; empty when there is nothing sensible to remember. `matched` are the rules. With
    `person_only` no reviewer model may answer: the command is dangerous.
    """

    verdict: Literal["run", "ask", "refuse"]
    reason: str = ""
    lift_sandbox: bool = False
    proposed_prefix: tuple[str, ...] = ()
    matched: tuple[Match, ...] = ()
    person_only: bool = False


def script_text(argv: Sequence[str]) -> str | None:
    """The text that `argv` gives to a shell; None when it is a program with its words."""
    if len(argv) == 3 and argv[1] in {"-c", "-lc"} and argv[0].rpartition("/")[2] in SHELLS:
        return argv[2]
    return None
