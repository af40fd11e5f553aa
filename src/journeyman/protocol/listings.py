"""What there is: features, providers, permission profiles, modes, MCP servers, skills, hooks, and the server itself.

Lists are short; where they take a cursor it is a place in the list.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from journeyman.protocol.hooks import HookEventName, HookSource
from journeyman.protocol.wire import Wire


class PageParams(Wire, frozen=True):
    """One page; without `limit` everything that is left."""

    cursor: str | None = None
    limit: int | None = None


class ExperimentalFeature(Wire, frozen=True):
    """A feature, by the name that scripts know."""

    name: str
    stage: Literal["beta", "stable"]
    enabled: bool
    default_enabled: bool
    display_name: str | None = None
    description: str | None = None


class ExperimentalFeatureListResponse(Wire, frozen=True):
    """All features; those in test are of the stage beta."""

    data: list[ExperimentalFeature]
    next_cursor: str | None = None


class NoAuth(Wire, frozen=True, tag_field="mode", tag="none"):
    """It needs no key."""


class VariableAuth(Wire, frozen=True, tag_field="mode", tag="environmentVariable"):
    """The key is in this variable."""

    env_key: str


class ExternalAuth(Wire, frozen=True, tag_field="mode", tag="externallyConfigured"):
    """The key is in the configuration."""

    env_key: str | None = None


class OpenAiSettings(Wire, frozen=True, tag_field="type", tag="openai"):
    """The OpenAI API itself."""


class GatewaySettings(Wire, frozen=True, tag_field="type", tag="customGateway"):
    """Any other service."""

    auth: NoAuth | VariableAuth | ExternalAuth


class ModelProvider(Wire, frozen=True):
    """A service that answers prompts; providers are changed in config.toml, so `can_edit` is false."""

    id: str
    name: str
    settings: OpenAiSettings | GatewaySettings
    base_url: str | None = None
    can_edit: bool = False


class ModelProviderListResponse(Wire, frozen=True):
    """The built-in and the configured providers; the default is the key `model_provider`."""

    data: list[ModelProvider]
    default_provider_id: str
    can_change_default: bool = True


class ProviderCapabilities(Wire, frozen=True):
    """What the agent can have done by the provider beside answering."""

    image_generation: bool
    web_search: bool


class PermissionProfileListParams(PageParams, frozen=True):
    """`cwd` makes no difference: the profiles are built in."""

    cwd: str | None = None


class PermissionProfile(Wire, frozen=True):
    """A named sandbox policy."""

    id: str
    description: str
    allowed: bool = True


class PermissionProfileListResponse(Wire, frozen=True):
    """All of them."""

    data: list[PermissionProfile]
    next_cursor: str | None = None


class CollaborationMode(msgspec.Struct, kw_only=True, frozen=True):
    """A way to work together."""

    name: str
    mode: str
    model: str | None = None
    reasoning_effort: str | None = None


class CollaborationModeListResponse(Wire, frozen=True):
    """All of them."""

    data: list[CollaborationMode]


class McpTool(Wire, frozen=True):
    """A tool as its server describes it; `input_schema` is a JSON Schema."""

    name: str
    description: str
    input_schema: Any


class McpServerStatus(Wire, frozen=True):
    """A configured MCP server, and whether it answers; `tools_error` says why not."""

    name: str
    auth_status: Literal["unsupported", "bearerToken", "oAuth"]
    runtime_status: Literal["connected", "failed", "disabled"]
    tools: dict[str, McpTool] = {}
    tools_error: str | None = None
    resources: list[Any] = []
    resource_templates: list[Any] = []


class McpServerStatusListResponse(Wire, frozen=True):
    """All configured servers. Each that is switched on was started or asked, and let go again."""

    data: list[McpServerStatus]
    next_cursor: str | None = None


class FoldersParams(Wire, frozen=True):
    """For work in these directories; none for the server's own."""

    cwds: list[str] = []


class FileProblem(Wire, frozen=True):
    """A file that could not be used, and why."""

    path: str
    message: str


class SkillMetadata(Wire, frozen=True):
    """A skill; one of a repository is offered to the model only when the user trusted it."""

    name: str
    description: str
    path: str
    scope: Literal["user", "repo"]
    enabled: bool


class SkillsInFolder(Wire, frozen=True):
    """The skills for work in one directory."""

    cwd: str
    skills: list[SkillMetadata]
    errors: list[FileProblem]


class SkillsListResponse(Wire, frozen=True):
    """An entry for each directory asked for."""

    data: list[SkillsInFolder]


class SkillsConfigWriteParams(Wire, frozen=True):
    """Switch a skill on or off, by the path of its SKILL.md or by its name."""

    enabled: bool
    path: str | None = None
    name: str | None = None


class SkillsConfigWriteResponse(Wire, frozen=True):
    """What counts now."""

    effective_enabled: bool


class SkillsExtraRootsSetParams(Wire, frozen=True):
    """Look for the user's skills in these folders too, from the next turn on and until the server ends."""

    extra_roots: list[str]


class SkillsChangedNotification(Wire, frozen=True):
    """Ask for the skills again."""


class HookMetadata(Wire, frozen=True):
    """A hook as it is configured; it runs where its status is `trusted`."""

    key: str
    event_name: HookEventName
    command: str
    source: HookSource
    source_path: str
    current_hash: str
    trust_status: Literal["trusted", "untrusted", "modified"]
    timeout_sec: int
    display_order: int
    matcher: str | None = None
    status_message: str | None = None
    handler_type: Literal["command"] = "command"
    enabled: bool = True
    is_managed: bool = False


class HooksInFolder(Wire, frozen=True):
    """The hooks for work in one directory."""

    cwd: str
    hooks: list[HookMetadata]
    warnings: list[str]
    errors: list[FileProblem]


class HooksListResponse(Wire, frozen=True):
    """An entry for each directory asked for."""

    data: list[HooksInFolder]


class DiagnosticsProcess(Wire, frozen=True):
    """The server's process."""

    id: int
    resident_memory_bytes: int | None = None


class DiagnosticsGauge(Wire, frozen=True):
    """A number, as it is now."""

    name: str
    value: int


class ServerDiagnosticsResponse(Wire, frozen=True):
    """How the server is."""

    process: DiagnosticsProcess
    gauges: list[DiagnosticsGauge]


class WindowsSandboxReadinessResponse(Wire, frozen=True):
    """This server runs on another system."""

    status: Literal["notConfigured"] = "notConfigured"
