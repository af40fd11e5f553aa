"""`jm undo` after a real turn in which the model destroys work (attacks G10 and G11)."""

from __future__ import annotations

import json
import subprocess

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

_GIT = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]


def git(program: Program, *words: str) -> str:
    done = subprocess.run([*_GIT, *words], cwd=program.work, capture_output=True, check=True)
    return done.stdout.decode()


def make_dirty_repository(program: Program) -> None:
    git(program, "init", "-q", "-b", "main")
    (program.work / "file").write_text("committed\n")
    (program.work / ".gitignore").write_text("*.log\n")
    git(program, "add", "-A")
    git(program, "commit", "-q", "-m", "first")
    git(program, "branch", "side")
    (program.work / "file").write_text("hours of work\n")
    (program.work / "untracked").write_text("more work\n")
    (program.work / "run.log").write_text("ignored\n")


def state(program: Program) -> tuple[dict[str, str], str]:
    files = {path.name: path.read_text() for path in program.work.iterdir() if path.is_file()}
    return files, git(program, "for-each-ref")


@pytest.mark.parametrize(
    "script",
    [
        "git reset -q --hard",
        "git clean -qfdx",
        "git branch -q -D side",
        "rm -rf ./* .git .gitignore",
    ],
)
def test_undo_brings_back_what_a_command_destroyed(program: Program, script: str) -> None:
    make_dirty_repository(program)
    before = state(program)
    # In a file, where nobody who judges commands sees it.
    (program.home / "tidy.sh").write_text(script)
    call = run(f"sh {program.home}/tidy.sh", call_id="a")
    program.provider.script(Step(items=[call]), Step(items=[Say("done")]))
    assert program.exec("-s", "danger-full-access", "tidy up").returncode == 0
    assert not (program.work / ".git").exists() or state(program) != before

    undone = program.run("undo", "--yes")

    assert (undone.returncode, undone.stderr) == (0, "")
    assert undone.stdout.endswith("To take this back: jm undo 2\n")
    assert state(program) == before


def test_checkpoints_and_dry_run_tell_and_change_nothing(program: Program) -> None:
    make_dirty_repository(program)
    program.provider.script(
        Step(items=[run("printf x >'a\x1b[31mb'; rm untracked", call_id="a")]),
        Step(items=[Say("done")]),
    )
    program.exec("-s", "workspace-write", "go")
    after = state(program)

    listed = program.run("checkpoints", "--json").stdout.splitlines()
    dry = program.run("undo", "--dry-run").stdout
    unasked = program.run("undo")

    (line,) = map(json.loads, listed)
    assert (line["id"], line["kind"], line["call_id"]) == (1, "call", "a")
    assert "  remove      a^[[31mb\n  bring back  untracked\n" in dry
    assert "\x1b" not in dry + program.run("checkpoints").stdout
    assert (unasked.returncode, unasked.stderr) == (
        1,
        "error: there is nobody to ask: add --yes to do this, or --dry-run to only look\n",
    )
    assert state(program) == after


def test_undo_without_checkpoints_says_so(program: Program) -> None:
    undone = program.run("undo", "--yes")

    assert (undone.returncode, undone.stderr) == (
        1,
        "error: there is no turn to undo here; `jm checkpoints` lists what there is\n",
    )
    assert "No checkpoints here" in program.run("checkpoints").stdout


def test_checkpoints_can_be_switched_off(program: Program) -> None:
    program.provider.script(Step(items=[run("touch x", call_id="a")]), Step(items=[Say("done")]))
    program.exec("-s", "workspace-write", "-c", "checkpoints.enabled=false", "go")

    assert (program.work / "x").exists()
    assert not (program.home / "checkpoints").exists()


def test_undo_lets_the_thread_forget_the_turn_where_asked(program: Program) -> None:
    make_dirty_repository(program)
    before = state(program)
    program.provider.script(Step(items=[Say("hello")]))
    thread_id = program.events("-s", "workspace-write", "first words")[0]["thread_id"]
    program.provider.script(Step(items=[run("rm file")]), Step(items=[Say("gone")]))
    program.exec("-s", "workspace-write", "resume", thread_id, "delete it")
    looked = program.run("undo", "--talk", "--dry-run")
    assert "bring back" in looked.stdout
    undone = program.run("undo", "--talk", "--yes")
    assert f"The thread forgot these turns: {thread_id}." in undone.stdout, undone
    assert state(program) == before
    program.provider.invariants.forget()
    program.provider.script(Step(items=[Say("again")]))
    program.exec("-s", "workspace-write", "resume", thread_id, "third words")
    assert program.user_texts() == ["first words", "third words"]
    refused = program.run("undo", "--talk", "--path", "file")
    assert refused.returncode == 2
