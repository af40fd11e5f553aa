"""SKILL.md files: their front matter, and which of them are skills."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.workspace.front_matter import read_front_matter
from journeyman.workspace.skills import Skill, SkillError, parse_skill, read_user_skills


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ("name: a\ndescription: b: c, d # note", {"name": "a", "description": "b: c, d"}),
        ("a: \"x: \\\"y\\\"\\n\" # z\nb: 'it''s # here'", {"a": 'x: "y"\n', "b": "it's # here"}),
        (
            "a: >-\n  one\n  two\n\n  three\nb: |\n  x\n    y\n",
            {"a": "one two\n\nthree", "b": "x\n  y"},
        ),
        ("a: one\n  two\n# a comment\nb: c", {"a": "one two", "b": "c"}),
        ("m:\n  k: v\n  l: w\nt:\n  - x\n  - y\nb: c", {"m": "", "t": "", "b": "c"}),
        ("a: 1\na: 2\n  no key\n: x\nb:", {"a": "1", "b": ""}),
        ("a: \"never closed\nb: 'x", {"a": '"never closed', "b": "'x"}),
    ],
)
def test_front_matter_is_read_as_text(lines: str, values: dict[str, str]):
    assert read_front_matter(f"---\n{lines}\n---\nname: not this\n") == values


@pytest.mark.parametrize("text", ["", "name: a", "---\nname: a\n", " ---\nname: a\n---\n", "---"])
def test_front_matter_is_none_where_a_file_has_none(text: str):
    assert read_front_matter(text) is None


def test_user_skills_are_folders_with_a_valid_file(tmp_path: Path):
    def write(folder: str, text: str) -> None:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "SKILL.md").write_text(text)

    good = "---\nname: {}\ndescription: does things\n---\nBODY"
    write("good", good.format("good"))
    write("node_modules/evil", good.format("evil"))
    write("node_modules", good.format("evil"))
    write(".hidden", good.format("hidden"))
    write("good/nested", good.format("nested"))
    write("bad", "---\nname: a b\ndescription: x\n---\n")
    write("empty", "---\nname: e\n---\n")
    (tmp_path / "no-file").mkdir()
    found = {
        Path(skill.path).parent.name: skill.name if isinstance(skill, Skill) else skill.message
        for skill in read_user_skills(tmp_path)
    }
    assert found == {
        "good": "good",
        "bad": "its front matter needs a name of at most 64 letters, digits, - _ : or .",
        "empty": "its front matter needs a description",
    }
    assert list(read_user_skills(tmp_path / "nowhere")) == []


def test_skill_with_hidden_characters_shows_them_and_a_huge_one_is_refused():
    path = Path("/r/.agents/skills/s/SKILL.md")
    text = "---\nname: s\ndescription: kind\U000e0041\n---\n\u202ebody"
    skill = parse_skill(path, text.encode(), scope="repo", trusted=False)
    assert isinstance(skill, Skill)
    assert (skill.description, skill.text[-12:]) == ("kind<U+E0041>", "<U+202E>body")
    assert isinstance(parse_skill(path, b"x" * 300_000, scope="repo", trusted=True), SkillError)
