"""Joins what a folder tells the model: reads it with the workspace, as configured, for the core."""

from __future__ import annotations

from pathlib import Path

from journeyman.config.settings import Settings
from journeyman.core.guidance import Guidance
from journeyman.workspace.instructions import InstructionRules, read_instructions


class FolderGuidance:
    """The guidance in files, the user's in `home` and the project's."""

    def __init__(self, home: Path, configured: Settings) -> None:
        """Take what the configuration says of which files count."""
        self._instructions = InstructionRules(
            home=home,
            max_bytes=configured.project_doc_max_bytes,
            fallback_names=configured.project_doc_fallback_filenames,
            root_markers=configured.project_root_markers,
        )

    def read(self, cwd: str) -> Guidance:
        """See `GuidanceSource.read`."""
        read = read_instructions(Path(cwd), self._instructions)
        return Guidance(instructions=read.text, warnings=read.warnings)
