"""The settings of a loaded thread: what they are now, what holds for the next turn, and who is told of a change.

Owns the warnings that settings bring, until a turn tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from journeyman.core.audience import Audience
from journeyman.core.guidance import GuidanceSource
from journeyman.core.plan_mode import in_force
from journeyman.core.settings import ThreadSettings
from journeyman.core.settings_change import changed, wire_settings
from journeyman.protocol.thread_settings import ThreadSettingsUpdatedNotification
from journeyman.protocol.turns import SettingsChange


class LiveSettings:
    """The settings of one thread; `now` as the user chose them."""

    def __init__(
        self, thread_id: str, settings: ThreadSettings, guidance: GuidanceSource, audience: Audience
    ) -> None:
        """Begin with these; `guidance` is read anew with every change."""
        self.now = settings
        self._thread_id = thread_id
        self._guidance = guidance
        self._audience = audience
        self._warnings: list[str] = []

    @property
    def in_force(self) -> ThreadSettings:
        """What a turn that begins now runs with."""
        return in_force(self.now)

    def change(self, change: SettingsChange) -> None:
        """Take what a client changes, and tell it."""
        self._change(change)
        self._tell()

    def start_with(self, change: SettingsChange, output_schema: dict[str, Any] | None) -> None:
        """Take what comes with a turn; told where it changes anything."""
        before = wire_settings(self.now)
        self._change(change)
        if wire_settings(self.now) != before:
            self._tell()
        model = msgspec.structs.replace(self.now.model, output_schema=output_schema)
        self.now = msgspec.structs.replace(self.now, model=model)

    def with_change(self, change: SettingsChange) -> ThreadSettings:
        """What the running turn goes on with; the thread's own settings stay."""
        return in_force(changed(self.now, change))

    def refresh_guidance(self) -> None:
        """Read anew what the folder says."""
        guidance = self._guidance.read(self.now.cwd)
        told = self.now.guidance.warnings
        self._warnings += [warning for warning in guidance.warnings if warning not in told]
        self.now = msgspec.structs.replace(self.now, guidance=guidance)

    def take_warnings(self) -> Sequence[str]:
        """What the user was not told yet."""
        taken, self._warnings = self._warnings, []
        return taken

    def _change(self, change: SettingsChange) -> None:
        self.now = changed(self.now, change)
        self.refresh_guidance()

    def _tell(self) -> None:
        told = wire_settings(self.now)
        self._audience.tell(
            ThreadSettingsUpdatedNotification(thread_id=self._thread_id, thread_settings=told)
        )
