"""The git grant with real git in real sandboxes: plain git works, nothing else of the repository opens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from journeyman.sandbox.api import Command, ConfinementError
from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs
from journeyman.sandbox.git_metadata import git_metadata
from journeyman.sandbox.namespaces.launcher import NamespaceLauncher
from journeyman.sandbox.policy import Policy
from journeyman.workspace.neutral_git import neutral

_PATH = os.defpath + ":/usr/local/bin"
Launcher = NamespaceLauncher | BubblewrapLauncher


@pytest.fixture(params=["namespaces", "bubblewrap"])
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    readable = (sys.prefix,)
    made = (
        NamespaceLauncher(readable=readable)
        if request.param == "namespaces"
        else BubblewrapLauncher(bubblewrap_programs(_PATH), readable=readable)
    )
    yield made
    made.close()


@pytest.fixture
def project(reachable: Path) -> Path:
    """A repository with one commit."""
    project = reachable / "project"
    project.mkdir()
    git(project, "init", "-q", "-b", "main")
    git(project, "config", "user.name", "A")
    git(project, "config", "user.email", "a@example.org")
    (project / "a.txt").write_text("a\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "first")
    return project


def git(where: Path, *words: str) -> str:
    env = {"PATH": _PATH, "HOME": "/nonexistent"}
    done = subprocess.run(["git", *words], cwd=where, env=env, check=True, capture_output=True)
    return done.stdout.decode()


async def run(launcher: Launcher, project: Path, script: str) -> tuple[int, str]:
    command = Command(
        argv=("/bin/bash", "-c", script),
        cwd=str(project),
        env={"PATH": _PATH, "HOME": "/nonexistent"},
    )
    policy = Policy(writable_roots=(str(project),), git_of=str(project))
    process = await launcher.launch(neutral(command), policy)
    output = b""
    while data := await process.read():
        output += data
    return await process.wait(), output.decode()


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.real
async def test_plain_git_works_and_leaves_nothing_behind(launcher: Launcher, project: Path):
    config = (project / ".git/config").read_bytes()
    names = {path.name for path in (project / ".git").iterdir()}

    code, output = await run(
        launcher,
        project,
        "echo b >> a.txt && git add -A && git commit -qm second && git switch -qc topic &&"
        " echo c >> a.txt && git stash -q && git stash pop -q && git commit -qam third &&"
        " git branch side && git --no-pager log --oneline | wc -l",
    )
    launcher.close()

    assert (code, output) == (0, "3\n")
    assert git(project, "branch", "--format=%(refname:short)") == "main\nside\ntopic\n"
    assert git(project, "status", "--short") == ""
    assert (project / ".git/config").read_bytes() == config
    added = {path.name for path in (project / ".git").iterdir()} - names
    assert added <= {"ORIG_HEAD", "AUTO_MERGE"}


@pytest.mark.real
async def test_everything_else_of_the_git_directory_stays_as_it_is(
    launcher: Launcher, project: Path
):
    before = snapshot(project / ".git")
    attempts = [
        "echo x > .git/hooks/pre-commit",
        "echo x >> .git/config",
        "rm .git/config",
        "mv .git/config .git/other",
        "echo x > new && mv new .git/config",
        "mv .git/hooks .git/other",
        "echo ../evil > .git/commondir",
        "rm .git/commondir",
        "mv new .git/commondir",
        "echo x > .git/config.worktree",
        "echo x > .git/info/attributes",
        "mkdir -p .git/modules/x",
        "mkdir .git/worktrees/x",
        "mkdir .git/remotes/x",
        "mv .git .other",
        "ln -s /tmp .git/hooks/x",
        "mkdir .git/objects/info/x",
    ]
    lines = "\n".join(f"({attempt}) 2>/dev/null && echo {attempt!r}" for attempt in attempts)
    _, output = await run(launcher, project, lines)
    launcher.close()
    assert output == ""
    assert snapshot(project / ".git") == before


@pytest.mark.real
async def test_hostile_configuration_runs_nothing(launcher: Launcher, project: Path):
    def hostile(key: str, name: str) -> None:
        git(project, "config", key, f"touch {project}/ran-{name}; cat")

    hook = project / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {project}/ran-hook\n")
    hook.chmod(0o755)
    evil = project / "evil"
    evil.mkdir()
    for name in ("post-commit", "post-index-change", "reference-transaction", "fsmonitor"):
        (evil / name).write_text(f"#!/bin/sh\ntouch {project}/ran-{name}\n")
        (evil / name).chmod(0o755)
    (project / "included").write_text('[filter "g"]\n\tclean = touch ran-included; cat\n')
    (project / ".gitattributes").write_text("*.txt filter=f diff=d merge=m\n*.inc filter=g\n")
    (project / "b.inc").write_text("b\n")
    git(project, "config", "core.hooksPath", str(evil))
    git(project, "config", "core.fsmonitor", str(evil / "fsmonitor"))
    git(project, "config", "include.path", "../included")
    git(project, "config", "filter.f.required", "true")
    git(project, "config", "commit.gpgSign", "true")
    git(project, "config", "alias.commit", "!touch ran-alias")
    for number, key in enumerate(
        [
            "filter.f.clean",
            "filter.f.smudge",
            "filter.f.process",
            "diff.d.textconv",
            "merge.m.driver",
            "core.pager",
            "pager.log",
            "core.editor",
            "core.sshCommand",
            "core.askPass",
            "gpg.program",
            "trailer.t.command",
        ]
    ):
        hostile(key, str(number))

    code, output = await run(
        launcher,
        project,
        "echo b >> a.txt; git add -A && git commit -q -m x --trailer t=1 && echo c >> a.txt && git stash -q"
        " && git switch -qc topic && git stash pop -q && git --no-pager diff && git status --short",
    )

    assert [name for name in snapshot(project) if "ran-" in name] == []
    assert (code, "b.inc" in output, "a.txt" in output) == (0, False, True)
    assert git(project, "show", "HEAD:b.inc") == "b\n"


@pytest.mark.real
async def test_linked_worktree_commits_to_its_repository_only(
    launcher: Launcher, project: Path, reachable: Path
):
    tree = reachable / "tree"
    git(project, "worktree", "add", "-q", str(tree), "-b", "side")
    config = (project / ".git/config").read_bytes()

    code, _ = await run(launcher, tree, "echo b >> a.txt; git commit -qam second")
    refused, _ = await run(
        launcher, tree, f"echo x >> {project}/.git/config || echo x > {project}/.git/hooks/x"
    )
    launcher.close()

    assert (code, refused != 0) == (0, True)
    assert git(project, "log", "--format=%s", "side") == "second\nfirst\n"
    assert (project / ".git/config").read_bytes() == config


def test_git_metadata_of_a_folder_below_is_that_of_the_repository(project: Path):
    below = project / "src/deep"
    below.mkdir(parents=True)
    found = git_metadata(str(below))
    assert found is not None
    assert found.opened == (f"{project}/.git",)
    assert f"{project}/.git/config" in found.protected
    assert f"{project}/.git/index" not in found.protected
    assert git_metadata("/proc") is None


def _pointer(project: Path) -> None:
    outside = project.parent / "outside"
    outside.mkdir()
    (project / ".git").rename(outside / "real")
    (project / ".git").write_text(f"gitdir: {outside}/real\n")


def _linked_hooks(project: Path) -> None:
    hooks = project / ".git/hooks"
    hooks.rename(project / "hooks")
    hooks.symlink_to("../hooks")


def _common(project: Path) -> None:
    (project / ".git/commondir").write_text("../elsewhere\n")


def _link(project: Path) -> None:
    (project / ".git").rename(project / "git")
    (project / ".git").symlink_to("git")


@pytest.mark.parametrize("change", [_pointer, _linked_hooks, _common, _link])
def test_git_directory_that_is_not_what_it_seems_does_not_open(project: Path, change: object):
    (project / ".git/hooks").mkdir(exist_ok=True)
    assert callable(change)
    change(project)
    with pytest.raises(ConfinementError):
        git_metadata(str(project))


def test_neutral_drops_what_leads_git_elsewhere_and_keeps_who_commits(tmp_path: Path):
    env = {"PATH": "/bin", "GIT_DIR": "/x", "GIT_EXTERNAL_DIFF": "x", "GIT_AUTHOR_NAME": "A"}
    command = Command(argv=("git", "add", "x"), cwd=str(tmp_path), env=env)
    made = neutral(command)
    kept = {"PATH": "/bin", "GIT_AUTHOR_NAME": "A"}
    assert {n: v for n, v in made.env.items() if n in {*env}} == kept
    assert (made.argv[:2], made.argv[-3:]) == (("/bin/sh", "-c"), ("git", "add", "x"))
    assert msgspec.structs.replace(made, argv=(), env={}) == msgspec.structs.replace(
        command, argv=(), env={}
    )
