"""The server's `ConfigStore`: the layers of this process, and the user's config.toml."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from journeyman.cli.config_layers import check_layer
from journeyman.config.edit import Edit, VersionConflictError, edit_file, version_of
from journeyman.config.errors import ConfigError
from journeyman.config.features import warnings_about
from journeyman.config.layers import KeyPath, Layer, key_path
from journeyman.config.load import CONFIG_FILE, Loaded, Sources, load_settings
from journeyman.config.project import load_in_project
from journeyman.protocol import config
from journeyman.protocol.jsonrpc import RpcError

_PROJECT_FOLDER = ".journeyman"
# What clients of the reference decide by.
_ERROR_CODE = "config_write_error_code"


class ProcessConfig:
    """See `ConfigStore`; files are read anew each time."""

    def __init__(self, sources: Sources) -> None:
        """Read from `sources`, write to config.toml of their home."""
        self._sources = sources
        self._file = sources.home / CONFIG_FILE

    def read(self, params: config.ConfigReadParams) -> config.ConfigReadResponse:
        """See `ConfigStore.read`."""
        loaded, ignored = self._load(params.cwd)
        layers = {layer.where: self._layer(layer) for layer in loaded.layers if layer.values}
        origins = {
            ".".join(path): config.LayerMetadata(
                name=layers[where].name, version=layers[where].version
            )
            for path, where in loaded.provenance.items()
        }
        return config.ConfigReadResponse(
            config=_in_effect(loaded),
            origins=origins,
            layers=[*ignored, *reversed(layers.values())] if params.include_layers else None,
        )

    def write(self, params: config.ConfigBatchWriteParams) -> config.ConfigWriteResponse:
        """See `ConfigStore.write`."""
        if params.file_path is not None and Path(params.file_path) != self._file:
            message = f"only {self._file} can be written, and {params.file_path} is another file"
            raise _refused(message, "configLayerReadonly")
        try:
            edits = [_edit(edit) for edit in params.edits]
            version = edit_file(
                self._file, edits, check_layer, expected_version=params.expected_version
            )
        except VersionConflictError as error:
            raise _refused(str(error), "configVersionConflict") from error
        except ConfigError as error:
            raise _refused(str(error), "configValidationError") from error
        overridden = next(self._overridden(edits), None)
        return config.ConfigWriteResponse(
            status="okOverridden" if overridden else "ok",
            version=version,
            file_path=str(self._file),
            overridden_metadata=overridden,
        )

    def notices(self) -> Sequence[msgspec.Struct]:
        """See `ConfigStore.notices`."""
        try:
            settings = load_settings(self._sources).settings
        except ConfigError as error:
            return [
                config.ConfigWarningNotification(
                    summary=f"{error.what}, in {error.where}", details=error.fix
                )
            ]
        found: list[msgspec.Struct] = [
            config.ConfigWarningNotification(summary=text, path=str(self._file))
            for text in warnings_about(settings)
        ]
        if settings.approval_policy == "on-failure":
            summary = 'approval_policy = "on-failure" is old, and means on-request here'
            details = 'Set approval_policy = "on-request".'
            found.append(config.DeprecationNoticeNotification(summary=summary, details=details))
        return found

    def _load(self, cwd: str | None) -> tuple[Loaded, list[config.ConfigLayer]]:
        """The settings, and the layer that does not count; what is in it is not shown."""
        if cwd is not None and not Path(cwd).is_absolute():
            message = f"config/read: `cwd`: {cwd!r} is not an absolute path: write it in full"
            raise RpcError(message)
        try:
            if cwd is None:
                return load_settings(self._sources), []
            project = load_in_project(self._sources, Path(cwd))
        except ConfigError as error:
            raise RpcError(str(error)) from error
        if project.ignored is None:
            return project.loaded, []
        folder = (project.root or Path(cwd)) / _PROJECT_FOLDER
        ignored = config.ConfigLayer(
            name=config.ProjectLayer(dot_codex_folder=str(folder)),
            version=_version({}),
            config={},
            disabled_reason=project.ignored,
        )
        return project.loaded, [ignored]

    def _layer(self, layer: Layer) -> config.ConfigLayer:
        values = dict(layer.values)
        path = Path(layer.where)
        if path.is_absolute() and path.parent == self._sources.home:
            profile = None if path == self._file else self._sources.config_profile
            name: config.LayerSource = config.UserLayer(file=str(path), profile=profile)
            return config.ConfigLayer(name=name, version=version_of(path), config=values)
        # A repository's file is not read again: it may be another one by now, or none at all.
        name = config.SessionLayer()
        if path.is_absolute():
            name = config.ProjectLayer(dot_codex_folder=str(path.parent))
        return config.ConfigLayer(name=name, version=_version(values), config=values)

    def _overridden(self, edits: Sequence[Edit]) -> Iterator[config.Overridden]:
        """The edits that a higher layer makes ineffective."""
        loaded = load_settings(self._sources)
        for edit in edits:
            for path, where in loaded.provenance.items():
                if path[: len(edit.path)] != edit.path or where == str(self._file):
                    continue
                layer = self._layer(next(one for one in loaded.layers if one.where == where))
                key = ".".join(path)
                yield config.Overridden(
                    message=f"{key} is set by {where} as well, which counts",
                    overriding_layer=config.LayerMetadata(name=layer.name, version=layer.version),
                    effective_value=_value_at(loaded.values, path),
                )


def _version(values: dict[str, Any]) -> str:
    digest = hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()
    return f"sha256:{digest}"


def _in_effect(loaded: Loaded) -> dict[str, Any]:
    """The settings with their defaults, over the keys that this program accepts and does not read."""
    settings = cast("dict[str, Any]", msgspec.to_builtins(loaded.settings))
    if settings["approval_policy"] == "on-failure":
        settings["approval_policy"] = "on-request"
    tools = cast("dict[str, Any]", loaded.values.get("tools", {}))
    if isinstance(tools.get("web_search"), bool):
        settings["tools"] = {**tools, "web_search": None}  # on the wire it is a table or nothing
    return {**loaded.values, **settings}


def _value_at(values: Any, path: KeyPath) -> Any:
    for part in path:
        values = values[part]
    return values


def _edit(edit: config.ConfigEdit) -> Edit:
    path = key_path(edit.key_path, where="keyPath")
    return Edit(path=path, value=edit.value, merge=edit.merge_strategy == "upsert")


def _refused(message: str, code: str) -> RpcError:
    return RpcError(message, data={_ERROR_CODE: code})
