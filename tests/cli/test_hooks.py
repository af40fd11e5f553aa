"""Whose hooks run in a real run: only content that was trusted, and never with the user's keys."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

DONE = Step(items=[Say("ok")])


def _write(path: Path, event: str, command: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"hooks": {event: [{"hooks": [{"command": command}]}]}}))


def _runs(program: Program, *flags: str) -> tuple[bool, str]:
    """Whether the hook, which makes a file, ran; and what the user was told."""
    made = program.work / "made"
    made.unlink(missing_ok=True)
    program.provider.script(DONE)
    done = program.exec(*flags, "go")
    assert done.returncode == 0
    return made.exists(), done.stderr


def test_own_hooks_run_once_they_were_trusted_and_not_after_a_change(program: Program):
    hooks = program.home / "hooks.json"
    _write(hooks, "SessionStart", "touch made")
    ran, told = _runs(program)
    assert not ran
    assert "not trusted, so they do not run. To see and trust them: jm hooks trust" in told
    assert _runs(program, "--dangerously-bypass-hook-trust")[0]

    trusted = program.run("hooks", "trust", "--yes")
    assert trusted.stdout.splitlines()[1:] == [
        "  SessionStart, at most 600 s: touch made",
        "Trusted.",
    ]
    assert _runs(program)[0]

    _write(hooks, "SessionStart", "touch made; touch evil")
    ran, told = _runs(program)
    assert not ran
    assert "changed since they were trusted" in told
    assert "changed since trusted" in program.run("hooks").stdout


def test_hooks_of_a_repository_run_only_once_that_content_was_trusted(program: Program):
    # Attack: a clone that brings a hook for the start of the thread.
    _write(program.work / ".journeyman/hooks.json", "SessionStart", "touch made")
    ran, told = _runs(program)
    assert not ran
    assert "To see and trust them: jm trust" in told
    assert program.run("hooks", "trust", "--yes").stdout == "You have no hooks.\n"
    assert program.run("trust", "--yes").returncode == 0
    assert _runs(program)[0]
    _write(program.work / ".journeyman/hooks.json", "Stop", "touch made")
    assert not _runs(program)[0]


def test_hooks_in_the_config_run_like_those_in_the_file(program: Program):
    program.config.write_text(
        program.config.read_text() + '\n[[hooks.Stop]]\nhooks = [{ command = "touch made" }]\n'
    )
    assert not _runs(program)[0]
    assert program.run("hooks", "trust", "--yes").returncode == 0
    assert _runs(program)[0]


def test_hook_that_says_no_is_shown_and_sees_no_key(program: Program):
    _write(
        program.home / "hooks.json",
        "PreToolUse",
        "env | grep -ic key >count; echo never >&2; exit 2",
    )
    program.run("hooks", "trust", "--yes")
    program.provider.script(Step(items=[run("touch made")]), DONE)
    done = program.exec("-s", "workspace-write", "go")
    assert not (program.work / "made").exists()
    assert (program.work / "count").read_text() == "0\n"
    assert "PreToolUse hook blocked: never" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "it is not a JSON object"),
        ('{"hooks": []}', "hooks is not a table"),
        ('{"hooks": {"Never": []}}', "there is no event Never"),
        ('{"hooks": {"Stop": [{"hooks": [{"type": "prompt"}]}]}}', "Stop: hooks of type 'prompt'"),
        ('{"hooks": {"Stop": [{"matcher": "(", "hooks": []}]}}', "Stop: the matcher '('"),
        ('{"hooks": {"Stop": [{"hooks": [{"command": "x", "timeout": 0}]}]}}', "Stop: a timeout"),
        ('{"hooks": {"Stop": [{"hooks": [{"command": 7}]}]}}', "Stop: Expected `str`"),
    ],
)
def test_hooks_that_cannot_be_used_are_told_and_break_nothing(
    program: Program, text: str, told: str
):
    (program.home / "hooks.json").write_text(text)
    listed = program.run("hooks", "list")
    assert listed.returncode == 0
    assert told in listed.stdout


def test_notify_outlives_the_run_without_the_users_keys_and_its_absence_is_told(program: Program):
    pipe, notice = program.work / "pipe", program.work.parent / "notice"
    os.mkfifo(pipe)
    # It waits until somebody reads, which happens when the run is over.
    notice.write_text('#!/bin/sh\n{ printf "%s\\n" "$1"; env; } > pipe\n')
    notice.chmod(0o755)
    program.config.write_text(f'notify = ["{notice}"]\n{program.config.read_text()}')
    program.env["DEPLOY_TOKEN"] = "canary-notify"  # noqa: S105 -- a made-up one
    program.provider.script(Step(items=[Say("hello")]), Step(items=[Say("hello")]))
    assert program.exec("say it").returncode == 0
    first, _, environment = pipe.read_text().partition("\n")
    told = json.loads(first)
    assert (told["type"], told["client"]) == ("agent-turn-complete", "journeyman_exec")
    assert (told["input-messages"], told["last-assistant-message"]) == (["say it"], "hello")
    assert ("PATH=" in environment, "canary-notify" in environment) == (True, False)
    notice.unlink()
    done = program.exec("say it")
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert "failed: it cannot be started: No such file or directory" in done.stderr
