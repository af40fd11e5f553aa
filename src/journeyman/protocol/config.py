"""config/*: the configuration in effect, where it was said, and changes to the user's file.

Keys and values are those of config.toml; they are not checked here.
"""

from __future__ import annotations

from typing import Any, Literal

from journeyman.protocol.wire import Wire

MergeStrategy = Literal["replace", "upsert"]


class UserLayer(Wire, frozen=True, tag_field="type", tag="user"):
    """config.toml of the home folder, or the config profile that lies over it."""

    file: str
    profile: str | None = None


class ProjectLayer(Wire, frozen=True, tag_field="type", tag="project"):
    """What the repository brings; the member's name is older than this program."""

    dot_codex_folder: str


class SessionLayer(Wire, frozen=True, tag_field="type", tag="sessionFlags"):
    """What was said on the command line of the server."""


LayerSource = UserLayer | ProjectLayer | SessionLayer


class LayerMetadata(Wire, frozen=True):
    """A layer, and which state of it was read."""

    name: LayerSource
    version: str


class ConfigLayer(Wire, frozen=True):
    """A layer with its values."""

    name: LayerSource
    version: str
    config: dict[str, Any]
    disabled_reason: str | None = None


class ConfigReadParams(Wire, frozen=True):
    """Read what counts in `cwd`, an absolute path; None for the user's own configuration alone."""

    cwd: str | None = None
    include_layers: bool = False


class ConfigReadResponse(Wire, frozen=True):
    """The values in effect, defaults included; `origins` by dotted key; `layers` highest first."""

    config: dict[str, Any]
    origins: dict[str, LayerMetadata]
    layers: list[ConfigLayer] | None = None


class ConfigEdit(Wire, frozen=True):
    """`value` at the dotted `key_path`, None to remove; `upsert` lays a table over the one that is there."""

    key_path: str
    value: Any
    merge_strategy: MergeStrategy


class ConfigValueWriteParams(Wire, frozen=True):
    """One edit of the user's config.toml, if it has `expected_version`."""

    key_path: str
    value: Any
    merge_strategy: MergeStrategy
    file_path: str | None = None
    expected_version: str | None = None


class ConfigBatchWriteParams(Wire, frozen=True):
    """Several edits, all or none. Loaded threads keep their settings; new ones read the file."""

    edits: list[ConfigEdit]
    file_path: str | None = None
    expected_version: str | None = None
    reload_user_config: bool = False


class Overridden(Wire, frozen=True):
    """A written value does not count, because a higher layer says otherwise."""

    message: str
    overriding_layer: LayerMetadata
    effective_value: Any


class ConfigWriteResponse(Wire, frozen=True):
    """Where it was written, and the version of the file now."""

    status: Literal["ok", "okOverridden"]
    version: str
    file_path: str
    overridden_metadata: Overridden | None = None


class RequirementsReadResponse(Wire, frozen=True):
    """What an administrator demands: nothing, since nobody administers this program but its user."""

    requirements: None = None


class McpReloadResponse(Wire, frozen=True):
    """Threads that start from now on use the servers of the configuration as it is now."""


class ConfigWarningNotification(Wire, frozen=True):
    """Something in the configuration has no effect, or not the expected one."""

    summary: str
    details: str | None = None
    path: str | None = None


class DeprecationNoticeNotification(Wire, frozen=True):
    """Something that still works but should be said in another way."""

    summary: str
    details: str | None = None
