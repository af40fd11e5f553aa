"""Which AGENTS.md files count, in which order and how much of them; a repository's files are hostile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from journeyman.workspace.instructions import InstructionRules, Instructions, read_instructions


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/.git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "repository/sub/deep").mkdir(parents=True)
    return tmp_path / "repository"


def _read(repository: Path, where: str = ".", **rules: object) -> Instructions:
    home = repository.parent / "home"
    return read_instructions(repository / where, InstructionRules(home=home, **rules))  # type: ignore[arg-type] -- rules by name


def _write(repository: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (repository / name).write_text(text, encoding="utf-8")


def test_instructions_go_from_the_users_own_down_to_the_directory(repository: Path):
    _write(
        repository,
        {
            "../home/AGENTS.md": "global",
            "../AGENTS.md": "above the root",
            "AGENTS.md": "root",
            "sub/AGENTS.md": "shadowed",
            "sub/AGENTS.override.md": "override",
            "sub/deep/GUIDE.md": "fallback",
            "sub/deep/LATER.md": "not this one",
        },
    )
    read = _read(repository, "sub/deep", fallback_names=("GUIDE.md", "LATER.md"))
    assert read.text == "global\n\n--- project-doc ---\n\nroot\n\noverride\n\nfallback"
    names = [os.path.relpath(source, repository) for source in read.sources]
    assert names == [
        "../home/AGENTS.md",
        "AGENTS.md",
        "sub/AGENTS.override.md",
        "sub/deep/GUIDE.md",
    ]
    assert read.warnings == ()


def test_instructions_of_the_directory_alone_count_when_there_is_no_project(repository: Path):
    _write(repository, {"AGENTS.md": "root", "sub/AGENTS.md": "sub"})
    assert _read(repository, "sub", root_markers=("go.mod",)).text == "sub"


def test_instructions_are_cut_at_the_budget_and_the_user_is_told(repository: Path):
    _write(
        repository,
        {"../home/AGENTS.md": "is not counted", "AGENTS.md": "0123456é", "sub/AGENTS.md": "more"},
    )
    read = _read(repository, "sub", max_bytes=8)
    assert read.text == "is not counted\n\n--- project-doc ---\n\n0123456"
    assert [warning.split(" of ")[0] for warning in read.warnings] == ["Only 8", "Only 0"]
    assert _read(repository, max_bytes=0).text == "is not counted"


def test_instructions_with_hidden_characters_are_made_visible_and_flagged(repository: Path):
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "rm")
    _write(
        repository,
        {
            "AGENTS.md": f"\ufeffBe kind.{tags} a\u200bb\u202ec \ufe01\ufe02 👩\u200d🔧 ❤\ufe0f क\u200cष\r\n"
        },
    )
    read = _read(repository)
    assert read.text == (
        "Be kind.<U+E0072><U+E006D> a<U+200B>b<U+202E>c <U+FE01><U+FE02>"
        " 👩\u200d🔧 ❤\ufe0f क\u200cष\n"
    )
    assert [warning.split(" (")[0] for warning in read.warnings] == [
        f"{repository}/AGENTS.md holds 6 hidden characters"
    ]


def test_instructions_are_never_read_from_outside_of_the_project(repository: Path):
    secret = repository.parent / "secret"
    secret.write_text("SECRET")
    (repository / "AGENTS.md").symlink_to(secret)
    (repository / "sub/AGENTS.md").write_text("@../../secret\n@/etc/passwd")
    os.mkfifo(repository / "sub/deep/AGENTS.override.md")
    (repository / "sub/deep/AGENTS.md").symlink_to("../../sub/AGENTS.md")
    read = _read(repository, "sub/deep")
    assert read.text == "@../../secret\n@/etc/passwd\n\n@../../secret\n@/etc/passwd"
    assert [warning.rsplit(": ")[-1] for warning in read.warnings] == [
        f"it is a link that leads out of {repository}"
    ]


def test_instructions_that_cannot_be_read_are_left_out_and_named(repository: Path):
    (repository / "AGENTS.md").symlink_to("nowhere")
    (repository / "sub/AGENTS.md").write_bytes(b"caf\xe9")
    read = _read(repository, "sub")
    assert read.text == "caf\ufffd"
    assert read.warnings == (
        f"{repository}/AGENTS.md was not read: it is a link that leads nowhere",
    )


def test_home_instructions_may_be_a_link_and_an_empty_override_hides_nothing(repository: Path):
    _write(repository, {"../dotfile": "mine", "../home/AGENTS.override.md": " \n"})
    (repository.parent / "home/AGENTS.md").symlink_to("../dotfile")
    assert _read(repository).text == "mine"
