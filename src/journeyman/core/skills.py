"""Skills in a thread: how the model is told which there are, and what naming one brings into the history.

Offered are only skills that the user put there or trusted; one that the user names is given to the model as it
is, and the user is told where nobody trusted it yet. A skill is text: it allows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from journeyman.protocol.history import InputText, Message
from journeyman.protocol.items import SkillInput, TextInput, UserInput
from journeyman.workspace.skills import Skill

HEAD = "<skills>"
_WHAT_THEY_ARE = (
    "A skill is a folder with instructions in its SKILL.md. When the user names one ($name), or the task is plainly "
    "what its description says, read that file first, unless it is already given, and follow it. Paths in it are "
    "relative to its folder; read further files there only as they are needed."
)
# About 2,000 tokens in every request; longer descriptions are cut so that all names stay.
_MAX_LIST = 8_000
_SHORT_DESCRIPTION = 120
_MENTION = re.compile(r"(?<![\w$\\])\$([A-Za-z0-9][\w:.-]*)")


class NamedSkills(NamedTuple):
    """What an input names: the texts for the model and the warnings for the user."""

    messages: list[Message]
    warnings: list[str]


def skills_offered(skills: Sequence[Skill]) -> str:
    """The fragment that lists the skills; without any it is empty."""
    offered = [skill for skill in skills if skill.trusted]
    if not offered:
        return ""
    lines = [_line(skill, None) for skill in offered]
    if sum(map(len, lines)) > _MAX_LIST:
        lines = [_line(skill, _SHORT_DESCRIPTION) for skill in offered]
    return "\n".join(
        (
            HEAD,
            _WHAT_THEY_ARE,
            *lines,
            "</skills>",
        )
    )


def _line(skill: Skill, limit: int | None) -> str:
    description = skill.description
    if limit is not None and len(description) > limit:
        description = description[:limit].rstrip() + "..."
    return f"- {skill.name}: {description} ({skill.path})"


def named_skills(user_input: Sequence[UserInput], skills: Sequence[Skill]) -> NamedSkills:
    """The skills that an input names, by `$name` in its text or as a part of its own, each once."""
    by_name: dict[str, Skill] = {}
    # The user's own goes before a repository's of the same name.
    for skill in sorted(skills, key=lambda skill: (not skill.trusted, skill.scope != "user")):
        by_name.setdefault(skill.name, skill)
    by_path = {skill.path: skill for skill in skills}
    found: dict[str, Skill] = {}
    warnings: list[str] = []
    for part in user_input:
        if isinstance(part, SkillInput):
            skill = by_path.get(part.path)
            if skill is None:
                warnings.append(f"There is no skill {part.name} at {part.path}.")
            else:
                found[skill.path] = skill
        elif isinstance(part, TextInput):
            for name in _MENTION.findall(part.text):
                if skill := by_name.get(name) or by_name.get(name.rstrip(".:")):
                    found[skill.path] = skill
    warnings += [
        f"The skill {skill.name} of this repository is not trusted; it was given to the model because you named it."
        for skill in found.values()
        if not skill.trusted
    ]
    return NamedSkills([_message(skill) for skill in found.values()], warnings)


def _message(skill: Skill) -> Message:
    path = escape(skill.path, quote=False)
    text = f"<skill>\n<name>{skill.name}</name>\n<path>{path}</path>\n{skill.text}\n</skill>"
    return Message(role="user", content=[InputText(text)])
