"""Short lists of what there is: features, providers, profiles, modes, MCP servers, skills, hooks; and diagnostics."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from journeyman.protocol import listings
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.server.services import required

ItemT = TypeVar("ItemT")

_PROFILES = [
    listings.PermissionProfile(id=":read-only", description="Read everything, write nothing."),
    listings.PermissionProfile(
        id=":workspace", description="Also write in the working directory and temporary files."
    ),
    listings.PermissionProfile(
        id=":danger-full-access", description="No sandbox: everything that you may do."
    ),
]


async def list_features(call: Call, params: listings.PageParams) -> None:
    """All features, and whether they are on."""
    features = required(call.services.listings, "experimentalFeature").features()
    data, cursor = _page(features, params)
    call.reply(listings.ExperimentalFeatureListResponse(data=data, next_cursor=cursor))


async def list_providers(call: Call, params: Empty) -> None:
    """All providers that can be asked."""
    del params
    call.reply(required(call.services.listings, "modelProvider").providers())


async def read_capabilities(call: Call, params: Empty) -> None:
    """No provider is asked for pictures or searches yet."""
    del params
    call.reply(listings.ProviderCapabilities(image_generation=False, web_search=False))


async def list_permission_profiles(
    call: Call, params: listings.PermissionProfileListParams
) -> None:
    """The built-in ones."""
    data, cursor = _page(_PROFILES, params)
    call.reply(listings.PermissionProfileListResponse(data=data, next_cursor=cursor))


async def list_modes(call: Call, params: Empty) -> None:
    """Both."""
    del params
    plan = listings.CollaborationMode(name="Plan", mode="plan")
    default = listings.CollaborationMode(name="Default", mode="default")
    call.reply(listings.CollaborationModeListResponse(data=[plan, default]))


async def list_mcp_servers(call: Call, params: listings.PageParams) -> None:
    """The configured servers, and what they offer."""
    servers = await required(call.services.listings, "mcpServerStatus").mcp_servers()
    data, cursor = _page(servers, params)
    call.reply(listings.McpServerStatusListResponse(data=data, next_cursor=cursor))


async def list_skills(call: Call, params: listings.FoldersParams) -> None:
    """The skills for work in each directory."""
    service = required(call.services.listings, "skills")
    call.reply(listings.SkillsListResponse(data=service.skills(params.cwds)))


async def set_skill_roots(call: Call, params: listings.SkillsExtraRootsSetParams) -> None:
    """Look for skills in further folders; skills/changed follows, for every client."""
    for path in params.extra_roots:
        if not path.startswith("/"):
            raise RpcError(f"skills/extraRoots/set: {path!r} is no absolute path")
    required(call.services.listings, "skills").set_skill_roots(params.extra_roots)
    call.reply(Empty())
    call.services.clients.notify(listings.SkillsChangedNotification())


async def switch_skill(call: Call, params: listings.SkillsConfigWriteParams) -> None:
    """Switch a skill on or off; skills/changed follows, for every client."""
    if (params.path is None) == (params.name is None):
        message = "skills/config/write: give either `path` or `name`"
        raise RpcError(message)
    required(call.services.listings, "skills").switch_skill(params)
    call.reply(listings.SkillsConfigWriteResponse(effective_enabled=params.enabled))
    call.services.clients.notify(listings.SkillsChangedNotification())


async def list_hooks(call: Call, params: listings.FoldersParams) -> None:
    """The hooks for work in each directory."""
    service = required(call.services.listings, "hooks")
    call.reply(listings.HooksListResponse(data=service.hooks(params.cwds)))


async def read_diagnostics(call: Call, params: Empty) -> None:
    """Memory of the process, and how many clients there are."""
    del params
    process = listings.DiagnosticsProcess(id=os.getpid(), resident_memory_bytes=_resident_bytes())
    clients = listings.DiagnosticsGauge(name="journeyman.clients", value=len(call.services.clients))
    call.reply(listings.ServerDiagnosticsResponse(process=process, gauges=[clients]))


async def read_windows_readiness(call: Call, params: Empty) -> None:
    """It is for another system."""
    del params
    call.reply(listings.WindowsSandboxReadinessResponse())


def _page(items: Sequence[ItemT], params: listings.PageParams) -> tuple[list[ItemT], str | None]:
    cursor = params.cursor or "0"
    if not cursor.isdecimal() or int(cursor) > len(items):
        message = f"invalid cursor: {cursor}"
        raise RpcError(message)
    start = int(cursor)
    end = len(items) if params.limit is None else start + max(params.limit, 1)
    return list(items[start:end]), str(end) if end < len(items) else None


def _resident_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


HANDLERS: dict[str, Handler] = {
    "collaborationMode/list": list_modes,
    "experimentalFeature/list": list_features,
    "hooks/list": list_hooks,
    "mcpServerStatus/list": list_mcp_servers,
    "modelProvider/capabilities/read": read_capabilities,
    "modelProvider/list": list_providers,
    "permissionProfile/list": list_permission_profiles,
    "server/diagnostics": read_diagnostics,
    "skills/config/write": switch_skill,
    "skills/extraRoots/set": set_skill_roots,
    "skills/list": list_skills,
    "windowsSandbox/readiness": read_windows_readiness,
}
