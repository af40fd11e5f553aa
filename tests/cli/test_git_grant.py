"""Committing from `jm exec`, where the user allowed it (attacks G01 to G03 with the grant)."""

from __future__ import annotations

import subprocess

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

_GRANT = ("-s", "workspace-write", "-c", "git.allow_commit=true")


def git(program: Program, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=program.work, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def repository(program: Program) -> Program:
    git(program, "init", "-q", "-b", "main")
    git(program, "config", "user.name", "A")
    git(program, "config", "user.email", "a@example.org")
    (program.work / "file").write_text("a\n")
    git(program, "add", "-A")
    git(program, "commit", "-q", "-m", "first")
    return program


def script_of(program: Program, command: str) -> None:
    program.provider.script(Step(items=[run(command, call_id="a")]), Step(items=[Say("done")]))


@pytest.mark.real
def test_exec_commits_when_the_user_allowed_it(repository: Program):
    script_of(repository, "echo b >> file; git commit -qam second")
    assert repository.exec(*_GRANT, "commit it").returncode == 0
    assert git(repository, "log", "--format=%s") == "second\nfirst\n"


@pytest.mark.real
@pytest.mark.parametrize(
    ("options", "command"),
    [
        (("-s", "workspace-write"), "echo b >> file; git commit -qam second"),
        (_GRANT, "sh -c 'echo b >> file; git commit -qam second'"),
        (("-s", "read-only", *_GRANT[2:]), "git commit -q --allow-empty -m second"),
    ],
)
def test_exec_does_not_commit_without_the_grant_or_beside_other_programs(
    repository: Program, options: tuple[str, ...], command: str
):
    script_of(repository, command)
    repository.exec(*options, "commit it")
    assert git(repository, "log", "--format=%s") == "first\n"


@pytest.mark.real
def test_sandbox_for_people_has_the_same_grant(repository: Program):
    words = ("git", "commit", "-q", "--allow-empty", "-m", "second")
    refused = repository.run("sandbox", *_GRANT[:2], "--", *words)
    done = repository.run(*_GRANT[2:], "sandbox", *_GRANT[:2], "--", *words)
    assert (refused.returncode != 0, done.returncode, done.stderr) == (True, 0, "")
    assert git(repository, "log", "--format=%s") == "second\nfirst\n"
