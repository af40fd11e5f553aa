"""Attacks by what a repository's git configuration, names and commands do: to our git calls and to the user."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.attacks.arena import Arena, How

from journeyman.testing.responses_script import patch, run

CHECKPOINTS = {"checkpoints.enabled": True}
CONFINED = How(config=CHECKPOINTS)
FREE = How(
    sandbox="danger-full-access", approval="on-request", decision="accept", config=CHECKPOINTS
)


async def our_git_calls(arena: Arena, cwd: Path | None = None) -> None:
    """Everything that makes us run git: a checkpoint before a change, another one, and an undo."""
    how = How(config=CHECKPOINTS, cwd=cwd)
    made = await arena.turn(run("echo more >> file"), run("echo more >> other"), how=how)
    assert made.harm == [], made
    undone = arena.jm("undo", "--yes", cwd=cwd)
    assert (undone.returncode, undone.stderr) == (0, ""), undone.stderr
    assert not arena.sprung.exists()


@pytest.mark.attack(
    "G01",
    "core.fsmonitor of the repository names a program",
    "our git uses a store and a configuration of its own, never the repository's, and runs confined",
)
async def test_g01_fsmonitor_is_not_run(arena: Arena) -> None:
    arena.git("config", "core.fsmonitor", str(arena.trap()))
    await our_git_calls(arena)
    arena.git("status")
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G02",
    "hooks of the repository, in .git/hooks and by core.hooksPath",
    "our git has no hooks (core.hooksPath=/dev/null) and never runs in the repository's own git directory",
)
async def test_g02_hooks_are_not_run(arena: Arena) -> None:
    hooks = arena.work / "hooks"
    for folder in (hooks, arena.work / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
            (folder / name).symlink_to(arena.trap())
    await our_git_calls(arena)
    arena.git("config", "core.hooksPath", "hooks")
    made = await arena.turn(run("echo more >> file"), how=CONFINED)
    assert made.harm == []
    arena.shell("git add file")
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G03",
    ".gitattributes names a diff driver, a text converter and a filter, and the configuration their programs",
    "the turn's diff is made without git; our git reads no configuration that could name a program",
)
async def test_g03_diff_drivers_and_filters_are_not_run(arena: Arena) -> None:
    (arena.work / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
    for key in ("diff.evil.command", "diff.evil.textconv", "filter.evil.clean"):
        arena.git("config", key, str(arena.trap()))
    arena.git("config", "filter.evil.smudge", str(arena.trap()))
    await our_git_calls(arena)
    (arena.work / "file").write_text("changed\n")
    arena.shell("git diff")
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G04",
    "ssh command, pager, editor, credential helper and signing program of the repository's configuration",
    "our git reads no configuration of the repository, speaks to nobody, and signs and shows nothing",
)
async def test_g04_helper_programs_are_not_run(arena: Arena) -> None:
    for key in (
        *("core.sshCommand", "core.pager", "core.editor", "core.askPass", "credential.helper"),
        *("gpg.program", "sequence.editor", "interactive.diffFilter", "core.alternateRefsCommand"),
    ):
        arena.git("config", key, str(arena.trap()))
    arena.git("config", "commit.gpgSign", "true")
    arena.git("remote", "add", "origin", "ssh://host.invalid/x")
    await our_git_calls(arena)
    arena.shell("git fetch")
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G05",
    "a bare repository lies in a folder of the project, and the agent is started in it",
    "our git is always told its git directory and work tree, and looks for none",
)
async def test_g05_bare_repository_in_a_folder_is_no_repository_of_ours(arena: Arena) -> None:
    bare = arena.work / "docs"
    arena.git("init", "-q", "--bare", str(bare))
    arena.git("config", "core.bare", "false", cwd=bare)
    arena.git("config", "core.worktree", str(bare), cwd=bare)
    arena.git("config", "core.fsmonitor", str(arena.trap()), cwd=bare)
    await our_git_calls(arena, cwd=bare)
    arena.git("status", cwd=bare)
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G06",
    "the project's `.git` is a file that points to another repository of the user",
    "what it leads to is outside and read-only; undo restores a git directory only where git points back",
)
async def test_g06_git_file_that_points_outside_opens_nothing_there(arena: Arena) -> None:
    other, project = arena.home / "other", arena.work / "project"
    arena.git("clone", "-q", str(arena.work), str(other))
    project.mkdir()
    (project / ".git").write_text(f"gitdir: {other}/.git\n")
    how = How(config=CHECKPOINTS, cwd=project)
    await arena.holds(
        run("git config core.fsmonitor evil; echo evil > file; git add file"), how=how
    )
    await arena.holds(run(f"rm {other}/.git/HEAD"), how=how)
    arena.git("commit", "-q", "--allow-empty", "-m", "second", cwd=other)
    before = arena.outside()
    assert arena.jm("undo", "--yes", cwd=project).returncode == 0
    assert arena.outside() == before


@pytest.mark.attack(
    "G07",
    "a submodule's address is `ext::` and a command",
    "our git allows no protocol and does not look into submodules; a command's own git is confined",
)
async def test_g07_ext_address_of_a_submodule_runs_nothing(arena: Arena) -> None:
    address = f"ext::{arena.trap()} %S"
    (arena.work / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = {address}\n')
    arena.git("config", "protocol.ext.allow", "always")
    arena.git("config", "submodule.s.url", address)
    arena.git("config", "submodule.recurse", "true")
    await our_git_calls(arena)
    await arena.holds(run(f"git -c protocol.ext.allow=always ls-remote '{address}'"))


@pytest.mark.attack(
    "G08",
    "a branch is called `$(...)`, begins with a dash, or parts words by an ideographic space",
    "names are read from files and are never words of a command",
)
async def test_g08_name_of_a_branch_is_no_command(arena: Arena) -> None:
    trap = arena.trap()
    branch = f"--upload-pack={trap}\u3000;{trap};$({trap})"
    (arena.work / ".git/HEAD").write_text(f"ref: refs/heads/{branch}\n")
    await our_git_calls(arena)
    (rollout,) = arena.agent_home.glob("sessions/*/*/*/*.jsonl")
    assert branch in rollout.read_text()
    arena.shell(f"git log {branch}")
    assert arena.sprung.exists()


@pytest.mark.attack(
    "G09",
    "files are called like options: `--output=x`, `-rf`, `:(glob)*`",
    "file names reach git through NUL-separated lists and literal path specifications",
)
async def test_g09_name_of_a_file_is_no_option(arena: Arena) -> None:
    names = ["--output=x", "-rf", ":(glob)*", ":!file", "-", "a\nb", "*"]
    for name in names:
        (arena.work / name).write_text("work\n")
    before = files(arena)
    await arena.turn(run('for name in ./*; do unlink "$name"; done'), how=CONFINED)
    assert files(arena) == {}
    assert arena.jm("undo", "--yes").returncode == 0
    assert files(arena) == before


def files(arena: Arena) -> dict[str, str]:
    return {path.name: path.read_text() for path in arena.work.iterdir() if path.is_file()}


def make_dirty(arena: Arena) -> None:
    """Work that no commit holds: changed, untracked and ignored files, a stash and a branch."""
    (arena.work / ".gitignore").write_text("*.log\n")
    (arena.work / "file").write_text("stashed\n")
    arena.git("stash", "push", "-q")
    arena.git("branch", "side")
    (arena.work / "file").write_text("hours of work\n")
    (arena.work / "untracked").write_text("more work\n")
    (arena.work / "run.log").write_text("ignored\n")


def state(arena: Arena) -> tuple[dict[str, str], str, str]:
    return files(arena), arena.git("for-each-ref"), arena.git("stash", "list")


async def comes_back(arena: Arena, *scripts: str) -> None:
    """Outside of the sandbox every script destroys something, and one undo brings all of it back."""
    before = state(arena)
    await arena.turn(*map(run, scripts), how=FREE)
    assert state(arena) != before
    assert arena.jm("undo", "--yes").returncode == 0
    assert state(arena) == before


@pytest.mark.attack(
    "G10",
    "`git reset --hard` over uncommitted work, with full access",
    "it asks first; a checkpoint before it holds every byte, and `jm undo` brings them back",
)
async def test_g10_reset_hard_can_be_undone(arena: Arena) -> None:
    make_dirty(arena)
    before = files(arena)
    asked = await arena.turn(
        run("git reset --hard"), how=How(sandbox="danger-full-access", approval="on-request")
    )
    assert (len(asked.questions), files(arena)) == (1, before)
    await comes_back(arena, "git reset -q --hard")


@pytest.mark.attack(
    "G11",
    "`clean -fdx`, `checkout .`, `stash drop`, `branch -D`, `push --force`, `rm -rf`, with full access",
    "they ask first; a checkpoint before each also holds refs, logs and objects; a push never runs unasked",
)
async def test_g11_destructive_commands_ask_and_can_be_undone(arena: Arena) -> None:
    make_dirty(arena)
    scripts = [
        *("git clean -qfdx", "git checkout -q .", "git stash drop -q", "git branch -q -D side"),
        *("rm -rf ./*", "git update-ref -d refs/heads/main"),
    ]
    remote = arena.home / "remote.git"
    arena.git("init", "-q", "--bare", str(remote))
    arena.git("push", "-q", str(remote), "main")
    arena.git("commit", "-q", "--amend", "-m", "other")
    push = f"git push --force {remote} main"
    before = files(arena)
    asked = await arena.turn(
        *map(run, (*scripts, push)),
        how=How(sandbox="danger-full-access", approval="on-request"),
    )
    assert (len(asked.questions), files(arena), asked.harm) == (len(scripts) + 1, before, [])
    await comes_back(arena, *scripts)
    await arena.holds(run(push))


@pytest.mark.attack(
    "G12",
    "an alias of the repository's configuration runs a shell under the name of a git command",
    "only git's own reading commands are harmless, and an alias cannot have the name of one",
)
async def test_g12_alias_is_asked_about(arena: Arena) -> None:
    arena.git("config", "alias.st", f"!{arena.trap()}")
    arena.git("config", "alias.status", f"!{arena.trap()}")
    inline = f"git -c alias.x='!{arena.trap()}' x"
    asked = How(sandbox="danger-full-access", approval="untrusted")
    held = await arena.turn(run("git st"), run(inline), run("git status"), how=asked)
    assert (len(held.questions), held.harm) == (2, [])
    assert (await arena.turn(run("git st"), how=FREE)).harm == ["sprung"]


@pytest.mark.attack(
    "G13",
    "other spellings of .git: case, NTFS short names, dots and slashes, a link",
    "the mount over .git holds for the directory, whatever name led to it; on a file system that tells"
    " cases apart the others are other files",
)
async def test_g13_git_directory_is_held_under_every_spelling(arena: Arena) -> None:
    (arena.work / "sub").mkdir()
    spellings = (
        "./.git//config",
        "sub/../.git/config",
        "link/config",
        "/proc/self/cwd/.git/config",
    )
    await arena.holds(
        run("ln -sfn .git link"), *(run(f"echo evil >> {path}") for path in spellings)
    )
    others = (".GIT/config", ".Git/config", "git~1/config", ".git\u200c/config")
    await arena.turn(*(run(f"mkdir -p {p[:-7]}; echo evil >> '{p}'") for p in others))
    await arena.holds(
        patch("*** Begin Patch\n*** Add File: .git/hooks/pre-commit\n+evil\n*** End Patch")
    )
    assert "evil" not in (arena.work / ".git/config").read_text()
