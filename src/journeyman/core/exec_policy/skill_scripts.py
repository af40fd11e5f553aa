"""Whether a part of a command runs a script that lies in the folder of a skill. Pure: names, not files."""

from __future__ import annotations

import posixpath

from journeyman.core.exec_policy.judgement import Request
from journeyman.core.exec_policy.script import Part

# The program itself, or the first word that an interpreter is given.
_WORDS_LOOKED_AT = 2


def runs_skill(part: Part, request: Request) -> bool:
    """Whether its program, or what its program is told first to run, lies in one of the request's skills."""
    known = part.words.texts[: min(part.words.known, _WORDS_LOOKED_AT)]
    paths = [posixpath.normpath(posixpath.join(request.cwd, word)) for word in known if "/" in word]
    return any(path.startswith(f"{folder}/") for path in paths for folder in request.skill_folders)
