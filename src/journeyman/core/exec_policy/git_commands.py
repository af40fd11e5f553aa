"""Which command lines are plain git that writes a repository's metadata: what the user's git grant is for.

Decided by literal words alone. What such a command can write is decided by the sandbox's mounts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from journeyman.core.exec_policy.dangerous import find_danger
from journeyman.core.exec_policy.harmless import is_harmless_part
from journeyman.core.exec_policy.judgement import script_text
from journeyman.core.exec_policy.script import Part, literal_words
from journeyman.core.exec_policy.shell import read_script, read_words

_SUBCOMMANDS = frozenset({"add", "branch", "commit", "stash", "switch"})
_NEUTRAL_FLAGS = frozenset({"--no-pager", "-P"})
# The only configuration that may be given with the command; any other could name a program.
_IDENTITY = re.compile(r"user\.(name|email)=[^\n]*", re.IGNORECASE)
_PROGRAMS = frozenset({"git", "/usr/bin/git", "/bin/git", "/usr/local/bin/git"})


def is_plain_git(argv: Sequence[str]) -> bool:
    """Whether `argv` does nothing but run such git commands, beside programs that only read and writes to files.

    Commands that discard what git does not keep (`stash drop`, `branch -D`) are none of them.
    """
    text = script_text(argv)
    script = read_words(literal_words(*argv)) if text is None else read_script(text)
    if script.other_obstacle or any(_is_inside_git(path) for path in script.writes):
        return False
    writing = [_is_git(part) for part in script.parts]
    if not any(writing) or find_danger(script, text or "") is not None:
        return False
    others = zip(script.parts, writing, strict=True)
    return all(is_git or is_harmless_part(part) for part, is_git in others)


def _is_git(part: Part) -> bool:
    words = part.words
    if part.around or part.opaque or not words.literal or words.texts[0] not in _PROGRAMS:
        return False
    at = 1
    while at < len(words.texts):
        word, after = words.texts[at], words.texts[at + 1 : at + 2]
        if word in _NEUTRAL_FLAGS:
            at += 1
        elif word == "-c" and after and _IDENTITY.fullmatch(after[0]):
            at += 2
        else:
            return word in _SUBCOMMANDS and not {"--help", "-h"} & set(words.texts[at:])
    return False


def _is_inside_git(path: str) -> bool:
    return ".git" in path.casefold().split("/")
