"""Configuration in the project around a directory: the user's own, and of the repository's what is trusted.

A repository's `.journeyman/config.toml` counts after the user trusted exactly that content, and even then only
for keys that `_MAY_SET` names: a key that is added later stays the user's own until somebody decides otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from journeyman.config.check import permissions_without_effect
from journeyman.config.features import warnings_about
from journeyman.config.layers import Layer, parse_layer, table_of
from journeyman.config.load import Loaded, Sources, load_settings, read_user_layers
from journeyman.config.policies import is_trusted
from journeyman.config.repository_content import Content, RefusedContentError, read_content
from journeyman.config.trust import TrustStore
from journeyman.visible_text import visible_line
from journeyman.workspace.repository import find_root

# Style and size of the model's work, and texts and programs that the user has seen.
_MAY_SET = frozenset(
    (
        "model",
        "review_model",
        "model_context_window",
        "model_auto_compact_token_limit",
        "model_auto_compact_token_limit_scope",
        "model_reasoning_effort",
        "plan_mode_reasoning_effort",
        "model_reasoning_summary",
        "model_verbosity",
        "personality",
        "developer_instructions",
        "compact_prompt",
        "project_doc_max_bytes",
        "project_doc_fallback_filenames",
        "tool_output_token_limit",
        "mcp_servers",
    )
)
# Values that only make narrower what the user allows.
_NARROWER = {
    "sandbox_mode": ("read-only",),
    "approval_policy": ("untrusted",),
    "web_search": ("disabled",),
}
# Of a server everything but what hands it something of the user's that the file does not show, or a permission.
_SERVER_MAY_SET = frozenset(
    (
        "command",
        "args",
        "env",
        "cwd",
        "url",
        "http_headers",
        "startup_timeout_sec",
        "startup_timeout_ms",
        "tool_timeout_sec",
        "enabled",
        "enabled_tools",
        "disabled_tools",
        "supports_parallel_tool_calls",
    )
)
_ADDRESS = "it decides where your work and your key are sent"
_PERMISSION = "it decides what the agent may do"
_REASONS = {
    "model_provider": _ADDRESS,
    "model_providers": _ADDRESS,
    "openai_base_url": _ADDRESS,
    "chatgpt_base_url": _ADDRESS,
    "oss_provider": _ADDRESS,
    "otel": _ADDRESS,
    "notify": "it starts a program",
    "hooks": "a repository's hooks stand in .journeyman/hooks.json, beside your own instead of over them",
    "sandbox_mode": _PERMISSION,
    "sandbox_workspace_write": _PERMISSION,
    "network": _PERMISSION,
    "deny_read": "a repository says that in .journeymanignore",
    "sandbox_limits": _PERMISSION,
    "git": _PERMISSION,
    "approval_policy": _PERMISSION,
    "approvals_reviewer": _PERMISSION,
    "auto_review": _PERMISSION,
    "permissions": _PERMISSION,
    "default_permissions": _PERMISSION,
    "projects": _PERMISSION,
    "web_search": _PERMISSION,
    "shell_environment_policy": "it decides what commands see of your environment",
}
_OTHER_REASON = "it is for your own config only"

Refused = tuple[str, str]


class InProject(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in a project: `root` is its folder, None outside of any repository.

    `trusted` is whether commands may write there by default; `ignored` why the repository's config does not count,
    None where it counts or there is none. It is one of the warnings.
    """

    loaded: Loaded
    root: Path | None
    trusted: bool
    warnings: tuple[str, ...] = ()
    ignored: str | None = None


def load_in_project(
    sources: Sources, directory: Path, config: Mapping[str, Any] | None = None
) -> InProject:
    """Read and check all layers that count in `directory`.

    Args:
        sources: the files and `-c` overrides.
        directory: the working directory, absolute.
        config: keys that a client sent with a thread.

    Raises:
        ConfigError: a layer cannot be read or used; also the repository's, when it is trusted.
    """
    loaded = load_settings(sources, config=config)
    root = find_root(directory, loaded.settings.project_root_markers)
    store = TrustStore.load(sources.home)
    directories = [directory, *([root] if root else [])]
    trusted = is_trusted(loaded.settings, directories, store.trusts_folder)
    warnings = [store.problem] if store.problem else []
    project = root or directory
    content, ignored = _trusted_content(sources, project, store)
    if ignored:
        warnings.append(ignored)
    if content is not None:
        layer, refused = repository_layer(content, sources)
        loaded = load_settings(sources, config=config, repository=layer)
        shown = visible_line(str(content.place))
        warnings += [f"{key} in {shown} is left out: {why}" for key, why in refused]
    warnings += warnings_about(loaded.settings)
    warnings += permissions_without_effect(loaded.provenance)
    return InProject(
        loaded=loaded, root=root, trusted=trusted, warnings=tuple(warnings), ignored=ignored
    )


def _trusted_content(
    sources: Sources, project: Path, store: TrustStore
) -> tuple[Content | None, str | None]:
    if is_home(project / ".journeyman", sources.home):
        return None, None
    try:
        content = read_content(project, "config")
    except RefusedContentError as error:
        return None, f"{visible_line(str(error))}, so the repository's config is ignored"
    if content is None or store.trusts(project, "config", content.digest):
        return content, None
    known = "config" in store.of_project(project).digests
    why = "has changed since it was trusted" if known else "is not trusted"
    shown = visible_line(str(project))
    return None, (
        f"{visible_line(str(content.place))} {why}, so it is ignored. "
        f"To see and trust it: jm trust {shown}"
    )


def is_home(folder: Path, home: Path) -> bool:
    """Whether what looks like a repository's folder is the user's own."""
    try:
        return folder.samefile(home)
    except OSError:
        return False


def repository_layer(content: Content, sources: Sources) -> tuple[Layer, list[Refused]]:
    """The layer of a repository's config, and which keys were left out of it and why.

    Raises:
        ConfigError: it is not TOML.
    """
    layer = parse_layer(content.place, content.files[0].data)
    own_servers = {
        name
        for own in read_user_layers(sources)
        for name in table_of(own.values.get("mcp_servers"))
    }
    values: dict[str, Any] = {}
    refused: list[Refused] = []
    for key, value in layer.values.items():
        if key == "mcp_servers":
            servers, more = _servers(table_of(value), own_servers)
            values[key] = servers
            refused += more
        elif why := _why_not(key, value):
            refused.append((visible_line(key), why))
        else:
            values[key] = value
    return Layer(layer.where, values), refused


def _why_not(key: str, value: Any) -> str | None:
    if key == "model" and "/" in str(value):
        return f"its part before the slash may name a provider; {_ADDRESS}"
    if key in _MAY_SET or value in _NARROWER.get(key, ()):
        return None
    return _REASONS.get(key, _OTHER_REASON)


def _servers(servers: Mapping[str, Any], own: set[str]) -> tuple[dict[str, Any], list[Refused]]:
    kept: dict[str, Any] = {}
    refused: list[Refused] = []
    for name, server in servers.items():
        at = visible_line(f"mcp_servers.{name}")
        if name in own:
            # Else its address could be changed under the keys that the user gave it.
            refused.append((at, "your own config has a server of this name"))
            continue
        kept[name] = {
            key: value for key, value in table_of(server).items() if key in _SERVER_MAY_SET
        }
        refused += [(f"{at}.{key}", why) for key, why in _refused_of_server(table_of(server))]
    return kept, refused


def _refused_of_server(server: Mapping[str, Any]) -> Iterator[Refused]:
    for key in server:
        if key not in _SERVER_MAY_SET:
            yield visible_line(key), "only your own config may give a server a key or a permission"
