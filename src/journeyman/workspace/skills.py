"""Reads skills: folders with a SKILL.md whose front matter has a name and a description.

Only `<root>/<folder>/SKILL.md` is a skill, so that nothing deep in a dependency's folder is one. Hidden
characters come back as visible marks. Whose skill it is and whether it may be offered is the caller's to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from journeyman.visible_text import reveal
from journeyman.workspace.bounded_file import FileRefusedError, read_regular
from journeyman.workspace.front_matter import read_front_matter

FILE_NAME = "SKILL.md"
Scope = Literal["user", "repo"]
# A model reads it whole; beyond this it is a book.
_MAX_BYTES = 256 * 1024
# What the format allows (agentskills.io).
_MAX_DESCRIPTION = 1024
_NAME = re.compile(r"[A-Za-z0-9][\w:.-]{0,63}")
_NOT_SKILLS = frozenset({"node_modules", "__pycache__"})


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """One skill: `path` is its SKILL.md, `text` all of it.

    `trusted` says that the user put it there or agreed to exactly this text; else only the user's naming it
    brings it to the model. `enabled` is what the configuration says.
    """

    name: str
    description: str
    path: str
    text: str
    scope: Scope
    trusted: bool
    enabled: bool = True


class SkillError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file is no skill."""

    path: str
    message: str
    scope: Scope


def read_user_skills(root: Path) -> Iterator[Skill | SkillError]:
    """The skills below `root`, which is the user's own, in the order of their folders."""
    try:
        folders = sorted(entry for entry in root.iterdir() if is_skill_folder(entry.name))
    except OSError:
        return
    for folder in folders:
        path = folder / FILE_NAME
        if not path.exists():
            continue
        try:
            data, size = read_regular(path, _MAX_BYTES + 1)
        except FileRefusedError as error:
            yield SkillError(path=str(path), message=str(error), scope="user")
            continue
        yield parse_skill(path, data[:size], scope="user", trusted=True)


def is_skill_folder(name: str) -> bool:
    """Whether a folder of this name can hold a skill."""
    return not name.startswith(".") and name not in _NOT_SKILLS


def parse_skill(path: Path, data: bytes, *, scope: Scope, trusted: bool) -> Skill | SkillError:
    """The skill in the bytes of a SKILL.md, or what is wrong with it."""

    def wrong(message: str) -> SkillError:
        return SkillError(path=str(path), message=message, scope=scope)

    if len(data) > _MAX_BYTES:
        return wrong(f"it is larger than {_MAX_BYTES} bytes")
    text, _ = reveal(data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n"))
    values = read_front_matter(text)
    if values is None:
        return wrong("it does not begin with front matter between two lines of ---")
    name, description = values.get("name", ""), values.get("description", "")
    if not _NAME.fullmatch(name):
        return wrong("its front matter needs a name of at most 64 letters, digits, - _ : or .")
    if not description:
        return wrong("its front matter needs a description")
    return Skill(
        name=name,
        description=" ".join(description.split())[:_MAX_DESCRIPTION],
        path=str(path),
        text=text,
        scope=scope,
        trusted=trusted,
    )


def skills_only(read: Iterable[Skill | SkillError]) -> tuple[Skill, ...]:
    """Those that can be used."""
    return tuple(skill for skill in read if isinstance(skill, Skill) and skill.enabled)
