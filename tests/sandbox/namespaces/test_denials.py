"""What a project's `.journeymanignore` and the user's patterns deny, and what stands between it and a rename."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.sandbox.api import ConfinementError

KEY = "SECRET\n"


def _write(project: Path, *names: str) -> None:
    for name in names:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for directory in path.parents:
            if directory.is_relative_to(project) and directory != project:
                directory.chmod(0o777)
        path.write_text(KEY)
        path.chmod(0o666)


async def test_ignore_file_denies_and_cannot_be_changed_or_gone_round(bench: Any) -> None:
    _write(bench.project, "conf/key", "deep/er/a.pem", "keep.pem", "all/of/it")
    (bench.project / ".journeymanignore").write_text("*.pem\n!keep.pem\n/conf/key\nall/\n")
    script = (
        "cat conf/key deep/er/a.pem all/of/it; cat keep.pem;"
        "mv conf x; mv deep x; mv all x; ln conf/key x; rm -f .journeymanignore; echo > .journeymanignore"
    )
    (_, output) = await bench.run(script)
    assert output.count("SECRET") == 1
    assert output.count("Device or resource busy") == 4
    script = "cat conf/key deep/er/a.pem all/of/it new.pem; cat keep.pem"
    _write(bench.project, "new.pem")
    (_, output) = await bench.run(script)
    assert (output.count("SECRET"), output.count("denied")) == (1, 4)


async def test_user_denies_more_and_the_repository_takes_nothing_back(bench: Any) -> None:
    _write(bench.project, "a.pem", "mine/b.key", "free")
    (bench.project / ".journeymanignore").write_text("!*\n!mine/\n")
    policy = msgspec.structs.replace(bench.workspace, ignore=("mine/", "*.pem"))
    (_, output) = await bench.run("cat a.pem mine/b.key free", policy)
    assert (output.count("SECRET"), output.count("denied")) == (1, 2)
    everything = msgspec.structs.replace(bench.workspace, ignore=None)
    assert (await bench.run("cat a.pem mine/b.key free", everything)) == (0, KEY * 3)


async def test_ignore_file_of_the_repository_counts_in_its_directories(bench: Any) -> None:
    _write(bench.project, "sub/a.pem", "sub/b")
    (bench.project / ".git").mkdir()
    (bench.project / ".journeymanignore").write_text("*.pem\n")
    inside = msgspec.structs.replace(bench.command("cat a.pem b"), cwd=f"{bench.project}/sub")
    process = await bench.launcher.launch(inside, msgspec.structs.replace(bench.workspace))
    (_, output) = await bench.outcome(process)
    assert (output.count("SECRET"), output.count("denied")) == (1, 1)


@pytest.mark.parametrize("kind", ["link", "pipe", "large", "patterns", "paths"])
async def test_nothing_runs_when_the_ignore_file_cannot_be_applied(bench: Any, kind: str) -> None:
    file = bench.project / ".journeymanignore"
    if kind == "link":
        file.symlink_to("elsewhere")
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.write_text({"large": "#" * 300_000, "patterns": "x\n" * 3000, "paths": "a*\n"}[kind])
    if kind == "paths":
        for number in range(1001):
            (bench.project / f"a{number}").touch()
    with pytest.raises(ConfinementError):
        await bench.run("touch ran")
    assert not (bench.project / "ran").exists()


async def test_configuration_of_ci_and_editors_stays_whether_it_is_there_or_not(bench: Any) -> None:
    _write(bench.project, ".github/workflows/a.yml", "Jenkinsfile", ".GITLAB-CI.YML")
    script = (
        "for name in .github/workflows/a.yml .github/actions/b Jenkinsfile .gitlab-ci.yml .GITLAB-CI.YML .vscode/x"
        " .circleci/x; do mkdir -p $(dirname $name); echo evil > $name; done; mv .github x;"
        "mkdir -p .github/workflows; echo evil > .github/workflows/a.yml; echo fine > .github/CODEOWNERS"
    )
    await bench.run(script)
    assert bench.listing() == [".GITLAB-CI.YML", ".github", "Jenkinsfile"]
    found = {path.name: path.read_text() for path in bench.project.rglob("*") if path.is_file()}
    assert found == {
        "a.yml": KEY,
        "Jenkinsfile": KEY,
        ".GITLAB-CI.YML": KEY,
        "CODEOWNERS": "fine\n",
    }


async def test_git_directory_deep_in_the_workspace_cannot_be_moved_away(bench: Any) -> None:
    _write(bench.project, "deep/er/git/HEAD")
    (bench.project / ".git").write_text("gitdir: deep/er/git\n")
    (_, output) = await bench.run(
        "mv deep x; mv deep/er x; mkdir -p deep/er/git; echo > deep/er/git/HEAD"
    )
    assert "mv: cannot move 'deep' to 'x': Device or resource busy" in output
    assert (bench.project / "deep/er/git/HEAD").read_text() == KEY
