"""Loads the settings of one run: defaults < config.toml < the repository < the `-p` file < `-c` < flags.

Given the home folder and what was said on the command line; never reads the environment. Whether a
repository's layer counts, and what of it, is decided in project.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from journeyman.config.check import check
from journeyman.config.errors import ConfigError
from journeyman.config.layers import KeyPath, Layer, merge, override_layer, put, read_layer
from journeyman.config.settings import Settings

CONFIG_FILE = "config.toml"


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where configuration comes from in this process; `overrides` are the arguments of `-c`.

    `trust_all_hooks` is the user's word that hooks may run unseen, `ignore_rules` that no rules file counts.
    """

    home: Path
    config_profile: str | None = None
    overrides: Sequence[str] = ()
    ignore_user_config: bool = False
    strict: bool = False
    trust_all_hooks: bool = False
    ignore_rules: bool = False


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and for every key that some layer set the place that said it last.

    `values` are what was written, `layers` where, lowest first.
    """

    settings: Settings
    provenance: Mapping[KeyPath, str]
    values: Mapping[str, Any]
    layers: Sequence[Layer]


def load_settings(
    sources: Sources,
    flags: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    repository: Layer | None = None,
) -> Loaded:
    """Read and check all layers.

    Args:
        sources: the files and `-c` overrides.
        flags: keys set by flags, the highest layer; None values say nothing.
        config: dotted or nested keys that a client sent with a thread, between `-c` and the flags.
        repository: what of a repository's own config counts.

    Raises:
        ConfigError: a file cannot be read, a value cannot be used, or a key is unknown and
            `sources.strict`.
    """
    layers = read_user_layers(sources)
    if repository is not None:
        layers.insert(_above_the_file(layers, sources), repository)
    if sources.overrides:
        layers.append(override_layer(sources.overrides))
    if config:
        layers.append(Layer("the client's config", _nested(config)))
    said = {key: value for key, value in (flags or {}).items() if value is not None}
    layers.append(Layer("the command line", said))
    merged = merge(layers)
    return Loaded(check(merged, strict=sources.strict), merged.provenance, merged.values, layers)


def _above_the_file(layers: Sequence[Layer], sources: Sources) -> int:
    # A profile was named for this run, and so counts before what the repository says.
    return sum(layer.where == str(sources.home / CONFIG_FILE) for layer in layers)


def read_user_layers(sources: Sources) -> list[Layer]:
    """The layers of the user's own files, lowest first; raises `ConfigError` as `load_settings`."""
    paths: list[Path] = []
    if not sources.ignore_user_config:
        paths.append(sources.home / CONFIG_FILE)
    if sources.config_profile is not None:
        paths.append(_profile_path(sources.home, sources.config_profile))
    return [layer for path in paths if (layer := read_layer(path)) is not None]


def _profile_path(home: Path, name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", name):
        fix = "use letters, digits, dots, - and _ only"
        raise ConfigError(f"bad profile name {name!r}", where=f"-p {name}", fix=fix)
    path = home / f"{name}.{CONFIG_FILE}"
    if not path.exists():
        raise ConfigError(f"there is no profile {name}", where=f"-p {name}", fix=f"create {path}")
    return path


def _nested(config: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for dotted, value in config.items():
        put(nested, tuple(dotted.split(".")), value)
    return nested
