"""The tools of a thread: one registration line each."""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.clock import Clock
from journeyman.models.profiles import ModelProfile
from journeyman.tools.api import Tool
from journeyman.tools.builtin.apply_patch import ApplyPatchTool
from journeyman.tools.builtin.exec_command import ExecCommandTool
from journeyman.tools.builtin.exec_sessions import ExecSessions
from journeyman.tools.builtin.update_plan import UpdatePlanTool
from journeyman.tools.builtin.view_image import ViewImageTool
from journeyman.tools.builtin.write_stdin import WriteStdinTool
from journeyman.tools.mcp.source import McpSource
from journeyman.tools.registry import ToolRegistry


def build_tools(
    clock: Clock,
    *,
    shell: str,
    allow_login: bool,
    profile: ModelProfile,
    more: Sequence[Tool] = (),
    mcp: McpSource | None = None,
) -> ToolRegistry:
    """The tools of one thread, with `more` and those of MCP servers; what the model's profile cannot use is left out.

    Raises:
        ValueError: two tools have one name.
    """
    sessions = ExecSessions(clock)
    patches = ApplyPatchTool(clock, freeform=profile.freeform_patch)
    return ToolRegistry(
        [
            ExecCommandTool(sessions, patches, shell=shell, allow_login=allow_login),
            WriteStdinTool(sessions),
            patches,
            UpdatePlanTool(),
            *([ViewImageTool()] if profile.images else []),
            *more,
        ],
        commands=sessions,
        sources=[mcp] if mcp else [],
        servers=mcp,
    )
