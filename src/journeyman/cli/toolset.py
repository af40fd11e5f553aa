"""The tools of a thread: one registration line each."""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.clock import Clock
from journeyman.models.profiles import ModelProfile
from journeyman.tools.api import Tool
from journeyman.tools.builtin.apply_patch import ApplyPatchTool
from journeyman.tools.builtin.edit_file import EditFileTool
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
    patches = ApplyPatchTool(clock, freeform=profile.edit_format == "freeform")
    own: list[Tool] = [
        ExecCommandTool(sessions, patches, shell=shell, allow_login=allow_login),
        WriteStdinTool(sessions),
        EditFileTool(clock) if profile.edit_format == "replace" else patches,
        UpdatePlanTool(),
        *([ViewImageTool()] if profile.images else []),
    ]
    return ToolRegistry(
        [*(tool for tool in own if tool.spec.name not in profile.without_tools), *more],
        commands=sessions,
        sources=[mcp] if mcp else [],
        servers=mcp,
        unlisted=[patches] if profile.edit_format == "replace" else [],
    )
