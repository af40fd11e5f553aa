"""Skills in a run: the user's are offered, a repository's only once they are trusted; naming one brings its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

DONE = Step(items=[Say("ok")])


@pytest.fixture
def skilled(program: Program) -> Program:
    for folder in (program.home / "skills/mine", program.work / ".agents/skills/theirs"):
        folder.mkdir(parents=True)
        name = folder.name
        text = f"---\nname: {name}\ndescription: does {name} things\n---\nBODY-{name}\n"
        (folder / "SKILL.md").write_text(text)
    return program


def _told(program: Program, *args: str) -> tuple[str, str]:
    """What the model was told, and what the user was."""
    program.provider.script(DONE)
    done = program.exec(*args)
    assert done.returncode == 0
    items = program.provider.requests[-1].json["input"]
    texts = [part["text"] for item in items for part in item["content"]]
    return "\n".join(texts), done.stderr


def _trust(program: Program) -> None:
    assert program.run("trust", "--yes").returncode == 0


def test_skills_of_the_user_are_offered_and_a_repositorys_only_once_trusted(skilled: Program):
    told, said = _told(skilled, "go")
    assert "- mine: does mine things" in told
    assert "theirs" not in told
    assert "BODY" not in told
    assert "not trusted, so the model is not told of them" in said

    _trust(skilled)
    told, said = _told(skilled, "go")
    assert "- theirs: does theirs things" in told
    assert "warning" not in said

    (skilled.work / ".agents/skills/theirs/more.md").write_text("changed")
    told, said = _told(skilled, "go")
    assert "theirs" not in told
    assert "have changed since they were trusted" in said


def test_skill_is_given_whole_when_the_user_names_it(skilled: Program):
    told, _ = _told(skilled, "use $mine, $mine and not $minerals nor \\$theirs")
    assert told.count("BODY-mine") == 1
    assert "BODY-theirs" not in told
    told, said = _told(skilled, "$theirs please")
    assert "BODY-theirs" in told
    assert "The skill theirs of this repository is not trusted" in said


def test_skill_that_is_a_link_is_no_skill(skilled: Program, tmp_path: Path):
    evil = skilled.work / "node_modules/evil"
    evil.mkdir(parents=True)
    (evil / "SKILL.md").write_text("---\nname: evil\ndescription: x\n---\nBODY-evil")
    (skilled.work / ".agents/skills/evil").symlink_to(evil)
    told, _ = _told(skilled, "$evil $theirs")
    assert "BODY" not in told


def test_skill_that_is_switched_off_is_not_offered(skilled: Program):
    told, _ = _told(skilled, "-c", 'skills.config=[{name="mine", enabled=false}]', "$mine")
    assert "does mine" not in told
    assert "BODY" not in told


def test_skill_that_cannot_be_read_is_told_and_stops_nothing(skilled: Program):
    (skilled.home / "skills/blank").mkdir()
    (skilled.home / "skills/blank/SKILL.md").write_text("no front matter")
    (skilled.home / "skills/folder/SKILL.md").mkdir(parents=True)
    told, said = _told(skilled, "go")
    assert "- mine: does mine things" in told
    blank = (
        f"{skilled.home}/skills/blank/SKILL.md is not offered as a skill: it does not begin with"
    )
    assert f"warning: {blank} front matter between two lines of ---\n" in said
    assert "skills/folder/SKILL.md is not offered as a skill: it is not a regular file\n" in said
