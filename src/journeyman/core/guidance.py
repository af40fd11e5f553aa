"""The guidance port: what the folder that a thread works in has to say to the model.

Read anew before each turn, so that a rule changed meanwhile counts; what is read goes into the settings of the
turn, and from there into fragments, which repeat nothing that was said already.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from journeyman.workspace.skills import Skill


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: the instructions as one text, the skills, and what the user should know of them."""

    instructions: str = ""
    skills: tuple[Skill, ...] = ()
    warnings: tuple[str, ...] = ()


class GuidanceSource(Protocol):
    """Where guidance comes from."""

    def read(self, cwd: str) -> Guidance:
        """What holds for work in `cwd` now; never fails."""
        ...


class NoGuidance:
    """Folders that say nothing."""

    def read(self, cwd: str) -> Guidance:
        """See `GuidanceSource.read`."""
        del cwd
        return Guidance()
