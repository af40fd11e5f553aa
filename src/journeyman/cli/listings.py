"""The server's `Listings`: what this process's configuration and folders have."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, cast

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.auth.mcp_sign_ins import McpSignIns
from journeyman.cli.config_layers import check_layer
from journeyman.cli.guidance import FolderGuidance, SkillRoots
from journeyman.cli.hooks import HookSet, find_hooks
from journeyman.cli.mcp_servers import mcp_servers
from journeyman.cli.process import Process
from journeyman.cli.providers import configured_providers
from journeyman.cli.thread_settings import command_env
from journeyman.config.edit import Edit, edit_file
from journeyman.config.errors import ConfigError
from journeyman.config.features import FEATURES
from journeyman.config.layers import read_layer
from journeyman.config.load import CONFIG_FILE, Sources, load_settings
from journeyman.config.project import InProject, load_in_project
from journeyman.config.settings import McpServerTable, Settings
from journeyman.models.providers import BUILT_IN, Provider
from journeyman.protocol import listings
from journeyman.protocol.jsonrpc import RpcError
from journeyman.tools.mcp.servers import Connect, McpServer, McpServerError, decline
from journeyman.workspace.skills import Skill, SkillError

ResultT = TypeVar("ResultT")

_STAGES: dict[str, Any] = {"stable": "stable", "experimental": "beta"}


class ProcessListings:
    """See `Listings`."""

    def __init__(
        self, process: Process, sources: Sources, connect: Connect, skill_roots: SkillRoots
    ) -> None:
        """Nothing is read yet; `connect` makes the way to an MCP server, `skill_roots` are those of the threads."""
        self._skill_roots = skill_roots
        self._process = process
        self._sources = sources
        self._connect = connect

    def features(self) -> list[listings.ExperimentalFeature]:
        """See `Listings.features`."""
        settings, default = self._settings(), Settings()
        return [
            listings.ExperimentalFeature(
                name=feature.name,
                stage=_STAGES[feature.stage],
                enabled=feature.is_on(settings),
                default_enabled=feature.is_on(default),
                display_name=feature.title,
            )
            for feature in FEATURES
        ]

    def providers(self) -> listings.ModelProviderListResponse:
        """See `Listings.providers`."""
        settings = self._settings()
        known = {**BUILT_IN, **configured_providers(settings)}
        return listings.ModelProviderListResponse(
            data=[_provider(provider) for _, provider in sorted(known.items())],
            default_provider_id=settings.model_provider,
        )

    async def mcp_servers(self) -> list[listings.McpServerStatus]:
        """See `Listings.mcp_servers`."""
        settings = self._settings()
        tables = sorted(settings.mcp_servers.items())
        return list(await asyncio.gather(*(self._server(*named, settings) for named in tables)))

    def skills(self, cwds: Sequence[str]) -> list[listings.SkillsInFolder]:
        """See `Listings.skills`."""
        return [self._skills_in(cwd, project) for cwd, project in self._projects(cwds)]

    def switch_skill(self, params: listings.SkillsConfigWriteParams) -> None:
        """See `Listings.switch_skill`."""
        _refusing(lambda: self._switch_skill(params))

    def set_skill_roots(self, paths: Sequence[str]) -> None:
        """See `Listings.set_skill_roots`."""
        self._skill_roots.paths = tuple(paths)

    def hooks(self, cwds: Sequence[str]) -> list[listings.HooksInFolder]:
        """See `Listings.hooks`."""
        return [self._hooks_in(cwd, project) for cwd, project in self._projects(cwds)]

    def _settings(self) -> Settings:
        return _refusing(lambda: load_settings(self._sources)).settings

    def _projects(self, cwds: Sequence[str]) -> list[tuple[str, InProject]]:
        directory = self._process.directory
        return [
            (cwd, _refusing(lambda cwd=cwd: load_in_project(self._sources, directory / cwd)))
            for cwd in cwds or [str(directory)]
        ]

    async def _server(
        self, name: str, table: McpServerTable, settings: Settings
    ) -> listings.McpServerStatus:
        status = listings.McpServerStatus(
            name=name,
            auth_status=self._auth_status(table),
            runtime_status="connected" if table.enabled else "disabled",
        )
        if not table.enabled:
            return status
        try:
            alone = msgspec.structs.replace(settings, mcp_servers={name: table})
            env = command_env(self._process, settings)
            [server] = mcp_servers(alone, self._process.environment, env, self._process.directory)
            tools = await self._tools_of(server)
        except (ConfigError, McpServerError) as error:
            return msgspec.structs.replace(status, runtime_status="failed", tools_error=str(error))
        return msgspec.structs.replace(status, tools=tools)

    def _auth_status(self, table: McpServerTable) -> Literal["unsupported", "bearerToken", "oAuth"]:
        if table.bearer_token_env_var:
            return "bearerToken"
        try:
            is_kept = McpSignIns(self._process.home).load(table.url or "") is not None
        except AuthError as error:
            raise RpcError(str(error)) from error
        return "oAuth" if is_kept else "unsupported"

    async def _tools_of(self, server: McpServer) -> dict[str, listings.McpTool]:
        connection = await self._connect(server, decline)
        try:
            found = await connection.tools()
        finally:
            await connection.close()
        return {
            tool.name: listings.McpTool(
                name=tool.name, description=tool.description, input_schema=tool.input_schema
            )
            for tool in found
        }

    def _skills_in(self, cwd: str, project: InProject) -> listings.SkillsInFolder:
        guidance = FolderGuidance(self._process.home, project.loaded.settings, self._skill_roots)
        found = guidance.skills(str(self._process.directory / cwd))
        return listings.SkillsInFolder(
            cwd=cwd,
            skills=[_skill(skill) for skill in found if isinstance(skill, Skill)],
            errors=[
                listings.FileProblem(path=error.path, message=error.message)
                for error in found
                if isinstance(error, SkillError)
            ],
        )

    def _hooks_in(self, cwd: str, project: InProject) -> listings.HooksInFolder:
        root = project.root or self._process.directory / cwd
        sets = find_hooks(self._process.home, project.loaded.settings, root)
        return listings.HooksInFolder(
            cwd=cwd,
            hooks=[hook for found in sets for hook in _hooks(found)],
            warnings=[],
            errors=[
                listings.FileProblem(path=str(found.path), message=problem)
                for found in sets
                for problem in found.problems
            ],
        )

    def _switch_skill(self, params: listings.SkillsConfigWriteParams) -> None:
        file = self._sources.home / CONFIG_FILE
        layer = read_layer(file)
        skills = cast("dict[str, Any]", layer.values.get("skills", {}) if layer else {})
        named = {"path": params.path} if params.path is not None else {"name": params.name}
        others = [
            entry
            for entry in cast("list[dict[str, Any]]", skills.get("config", []))
            if not named.items() <= entry.items()
        ]
        edit = Edit(
            path=("skills", "config"), value=[*others, {**named, "enabled": params.enabled}]
        )
        edit_file(file, [edit], check_layer)


def _provider(provider: Provider) -> listings.ModelProvider:
    auth: Any = listings.NoAuth()
    if provider.experimental_bearer_token or provider.auth:
        auth = listings.ExternalAuth(env_key=provider.env_key)
    elif provider.env_key:
        auth = listings.VariableAuth(env_key=provider.env_key)
    is_openai = provider.id == "openai"
    return listings.ModelProvider(
        id=provider.id,
        name=provider.name,
        base_url=provider.base_url or None,
        settings=listings.OpenAiSettings() if is_openai else listings.GatewaySettings(auth=auth),
    )


def _skill(skill: Skill) -> listings.SkillMetadata:
    return listings.SkillMetadata(
        name=skill.name,
        description=skill.description,
        path=skill.path,
        scope=skill.scope,
        enabled=skill.enabled,
    )


def _hooks(found: HookSet) -> list[listings.HookMetadata]:
    return [
        listings.HookMetadata(
            key=f"{found.path}:{hook.event}:{order}",
            event_name=hook.event,
            command=hook.command,
            matcher=hook.matcher,
            source=found.source,
            source_path=str(found.path),
            current_hash=found.digest,
            trust_status=found.state,
            timeout_sec=math.ceil(hook.timeout_seconds),
            display_order=order,
            status_message=hook.status_message,
        )
        for order, hook in enumerate(found.hooks)
    ]


def _refusing(read: Callable[[], ResultT]) -> ResultT:
    try:
        return read()
    except ConfigError as error:
        raise RpcError(str(error)) from error
