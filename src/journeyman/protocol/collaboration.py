"""How the agent works with the user: it carries out what it is asked, or it only plans."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire

ModeKind = Literal["plan", "default"]


class ModeSettings(Wire, frozen=True, rename=None):
    """What the mode runs with; `developer_instructions` take the place of the mode's own words to the model."""

    model: str
    reasoning_effort: str | None = None
    developer_instructions: str | None = None


class CollaborationMode(Wire, frozen=True):
    """The mode of a thread. In `plan` nothing that the model runs can write, whatever the sandbox policy says."""

    settings: ModeSettings
    mode: ModeKind = "default"
