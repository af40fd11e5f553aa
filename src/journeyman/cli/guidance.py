"""Joins what a folder tells the model: reads it with the workspace, as configured and trusted, for the core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from journeyman.config.project import is_home
from journeyman.config.repository_content import (
    PLACES,
    Content,
    RefusedContentError,
    read_content,
)
from journeyman.config.settings import Settings
from journeyman.config.trust import TrustStore
from journeyman.core.guidance import Guidance
from journeyman.visible_text import visible_line
from journeyman.workspace.instructions import InstructionRules, read_instructions
from journeyman.workspace.repository import find_root
from journeyman.workspace.skills import (
    FILE_NAME,
    Skill,
    SkillError,
    is_skill_folder,
    parse_skill,
    read_user_skills,
    skills_only,
)

# .agents/skills/<folder>/SKILL.md
_PARTS_OF_A_SKILL = 4


class SkillRoots:
    """Further folders with skills of the user's, which a client named; they count while this process lives."""

    def __init__(self) -> None:
        """None is named yet."""
        self.paths: tuple[str, ...] = ()


class FolderGuidance:
    """The guidance in files, the user's in `home` and the project's."""

    def __init__(self, home: Path, configured: Settings, roots: SkillRoots) -> None:
        """Take what the configuration says of which files count, and the `roots` as they are when it is read."""
        self._home = home
        self._roots = roots
        self._configured = configured
        self._instructions = InstructionRules(
            home=home,
            max_bytes=configured.project_doc_max_bytes,
            fallback_names=configured.project_doc_fallback_filenames,
            root_markers=configured.project_root_markers,
        )

    def read(self, cwd: str) -> Guidance:
        """See `GuidanceSource.read`."""
        directory = Path(cwd)
        read = read_instructions(directory, self._instructions)
        skills, warning = self._skills(directory)
        warnings = [warning] if warning else []
        # What is wrong in a repository counts once it is trusted; until then that is the one thing to say of it.
        unread = [skill for skill in skills if isinstance(skill, SkillError)]
        warnings += [
            f"{visible_line(error.path)} is not offered as a skill: {error.message}"
            for error in unread
            if error.scope == "user" or not warning
        ]
        return Guidance(
            instructions=read.text,
            skills=skills_only(skills),
            warnings=(*read.warnings, *warnings),
        )

    def skills(self, cwd: str) -> list[Skill | SkillError]:
        """Every skill that there is for work in `cwd`, and every file that fails to be one: the repository's first."""
        skills, _ = self._skills(Path(cwd))
        return skills

    def _skills(self, directory: Path) -> tuple[list[Skill | SkillError], str | None]:
        root = find_root(directory, self._configured.project_root_markers) or directory
        found, warning = _of_repository(root, self._home)
        for user_root in (self._home / "skills", *map(Path, self._roots.paths)):
            found += read_user_skills(user_root)
        return [self._as_configured(skill) for skill in found], warning

    def _as_configured(self, skill: Skill | SkillError) -> Skill | SkillError:
        if isinstance(skill, SkillError):
            return skill
        enabled = True
        for switch in self._configured.skills.config:
            if (
                skill.path in {switch.path, f"{switch.path}/{FILE_NAME}"}
                or skill.name == switch.name
            ):
                enabled = switch.enabled
        return msgspec.structs.replace(skill, enabled=enabled)


def _of_repository(root: Path, home: Path) -> tuple[list[Skill | SkillError], str | None]:
    """Skills of a repository, and what the user should know where they are not offered."""
    place = root / PLACES["skills"]
    if not place.is_dir() or is_home(root / ".agents", home):
        return [], None
    try:
        content = read_content(root, "skills")
    except RefusedContentError as error:
        return [SkillError(path=str(place), message=str(error), scope="repo")], None
    if content is None:
        return [], None
    store = TrustStore.load(home)
    trusted = store.trusts(root, "skills", content.digest)
    skills = list(_parsed(content, trusted=trusted))
    if trusted or not skills:
        return skills, None
    known = "skills" in store.of_project(root).digests
    state = "have changed since they were trusted" if known else "are not trusted"
    shown = visible_line(str(root))
    return skills, (
        f"The skills in {visible_line(str(place))} {state}, so the model is not told of them. "
        f"To see and trust them: jm trust {shown}"
    )


def _parsed(content: Content, *, trusted: bool) -> Iterator[Skill | SkillError]:
    for file in content.files:
        parts = PurePosixPath(file.path).parts
        if len(parts) != _PARTS_OF_A_SKILL or parts[-1] != FILE_NAME:
            continue
        if is_skill_folder(parts[-2]):
            path = content.root / file.path
            yield parse_skill(path, file.data, scope="repo", trusted=trusted)
