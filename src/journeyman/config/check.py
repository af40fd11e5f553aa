"""Turns merged tables into `Settings`, and says which key, where, what was expected and what was found.

Refuses what the reference refuses, with the way out; unknown keys count only when the caller is strict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from journeyman.config.errors import ConfigError
from journeyman.config.features import is_known_feature
from journeyman.config.layers import KeyPath, Merged, table_of
from journeyman.config.settings import (
    IGNORED_KEYS,
    McpServerTable,
    ModelTable,
    ProjectTable,
    ProviderTable,
    Settings,
)

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_TOML_WORDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a float",
    "bool": "a boolean",
    "array": "an array",
    "object": "a table",
    "null": "nothing",
}
_TABLES_BY_NAME = (
    dict[str, ProviderTable],
    dict[str, ProjectTable],
    dict[str, McpServerTable],
    dict[str, ModelTable],
)
_KNOWN_WIRES = ("responses", "chat", "messages", "gemini", "offline")


def check(merged: Merged, *, strict: bool) -> Settings:
    """The settings that the merged layers mean.

    Raises:
        ConfigError: a value has the wrong type, is not one of the known ones or is no longer
            supported; or, when `strict`, a key is unknown.
    """
    _refuse_retired(merged)
    if strict:
        _refuse_unknown(merged)
    try:
        return msgspec.convert(merged.values, Settings)
    except msgspec.ValidationError as error:
        raise _explained(error, merged) from error


def _refuse_retired(merged: Merged) -> None:
    profile = merged.values.get("profile")
    if profile is not None:
        raise ConfigError(
            f"the key profile = {profile!r} is no longer supported",
            where=merged.where(("profile",)),
            fix=f"remove it and run with -p {profile}, which reads {profile}.config.toml beside config.toml",
        )
    for provider_id, table in table_of(merged.values.get("model_providers")).items():
        wire = table_of(table).get("wire_api")
        if isinstance(wire, str) and wire not in _KNOWN_WIRES:
            path = ("model_providers", provider_id, "wire_api")
            raise ConfigError(
                f"{'.'.join(path)} = {wire!r} is not supported",
                where=merged.where(path),
                fix='set it to "responses", "chat", "messages" or "gemini", as base_url answers',
            )


def _refuse_unknown(merged: Merged) -> None:
    for path, where in merged.provenance.items():
        unknown = unknown_part(path)
        if unknown:
            raise ConfigError(
                f"unknown key {unknown}",
                where=where,
                fix="correct its name or remove it, or run without --strict-config",
            )


def permissions_without_effect(provenance: Mapping[KeyPath, str]) -> list[str]:
    """Warnings of permissions that the reference reads from the same file, and this program does not."""
    said = {path[0] for path in provenance} & {"default_permissions", "permissions"}
    return [
        f"{name} has no effect: say what commands may do with sandbox_mode, network.allow and deny_read"
        for name in sorted(said)
    ]


def unknown_part(path: KeyPath) -> str | None:
    """The part of a key that names nothing; None where the whole key is known."""
    if _is_unknown_in(path[:2]):
        return ".".join(path[:2])
    if path[0] in IGNORED_KEYS:
        return None
    struct: Any = Settings
    for depth, part in enumerate(path):
        if struct is None:
            return None
        if struct in _TABLES_BY_NAME:
            struct = get_args(struct)[1]
            continue
        hint = get_type_hints(struct).get(part) if _is_struct(struct) else Any
        if hint is None:
            return ".".join(path[: depth + 1])
        hint = _without_none(hint)
        struct = hint if _is_struct(hint) or get_origin(hint) is dict else None
        if struct == dict[str, str]:
            return None
    return None


def _is_unknown_in(path: KeyPath) -> bool:
    """Whether the second part is unknown in a table whose keys no struct lists."""
    match path:
        case ("features", name):
            return not is_known_feature(name)
        case ("tools", name):
            return name != "web_search"
        case _:
            return False


def _without_none(hint: Any) -> Any:
    """The type of a value that may be left out."""
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    is_union = get_origin(hint) in {Union, UnionType}
    return kinds[0] if is_union and len(kinds) == 1 else hint


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _explained(error: msgspec.ValidationError, merged: Merged) -> ConfigError:
    match = _AT.match(str(error))
    what, dollar_path = (match["what"], match["path"] or "$") if match else (str(error), "$")
    path = _real_path(dollar_path, merged.values)
    key = ".".join(path) or "the whole file"
    value: Any = merged.values
    for part in path:
        value = value[part]
    expected = _expected(path, what)
    if isinstance(value, list):
        expected = f"an array in which every element is {expected}"
    return ConfigError(
        f"{key} = {_shown(value)} is not {expected}",
        where=merged.where(path),
        fix=f"set {key} to {expected} or remove it",
    )


def _shown(value: Any) -> str:
    text = "a table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _expected(path: KeyPath, what: str) -> str:
    choices = _choices(_hint_at(path))
    if choices:
        return "one of " + ", ".join(choices)
    expected = re.match(r"Expected `([^`]*)`(?: >= (\S+))?", what)
    if expected is None:
        return f"as expected ({what})"
    words = [word.strip() for word in expected[1].split("|")]
    kinds = " or ".join(_TOML_WORDS.get(word, word) for word in words if word != "null")
    return f"{kinds} of at least {expected[2]}" if expected[2] else kinds


def _hint_at(path: KeyPath) -> Any:
    hint: Any = Settings
    for part in path:
        if get_origin(hint) is dict:
            hint = get_args(hint)[1]
        elif _is_struct(hint):
            hint = get_type_hints(hint).get(part)
        else:
            return None
    return hint


def _choices(hint: Any) -> list[str]:
    if get_origin(hint) is Literal:
        return [str(choice) for choice in get_args(hint)]
    if get_origin(hint) in {Union, UnionType}:
        return [choice for inner in get_args(hint) for choice in _choices(inner)]
    return []


def _real_path(dollar_path: str, values: dict[str, Any]) -> KeyPath:
    """The path that msgspec means; it writes `[...]` for any key of a mapping and `[2]` for an element."""
    path: list[str] = []
    value: Any = values
    for part in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", dollar_path):
        name = part[0] or _first_bad_key(path, value) if part[0] or part[1] == "..." else ""
        if not name or not isinstance(value, dict) or name not in value:
            break
        path.append(name)
        value = value[name]  # pyright: ignore[reportUnknownVariableType] -- values of TOML
    return tuple(path)


def _first_bad_key(path: list[str], table: Any) -> str:
    hint = _hint_at(tuple(path))
    if get_origin(hint) is not dict:
        return ""
    for key, value in table_of(table).items():
        try:
            msgspec.convert(value, get_args(hint)[1])
        except msgspec.ValidationError:
            return key
    return ""
