"""Layers: where values were said, and how later layers go over earlier ones, key by key.

Reads files and `-c` overrides into plain tables; knows nothing of which keys exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from journeyman.config.errors import ConfigError

KeyPath = tuple[str, ...]

# The dotted part of `-c`: bare keys, or quoted ones for keys that hold dots.
_KEY_PART = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^."\'\s]+))\s*(?:\.|$)')
_POSITION = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)


class Layer(NamedTuple):
    """Values that were said in one place; `where` names the place for a person."""

    where: str
    values: Mapping[str, Any]


class Merged(NamedTuple):
    """All layers as one table, and for every leaf the place that said it last."""

    values: dict[str, Any]
    provenance: dict[KeyPath, str]

    def where(self, path: KeyPath) -> str:
        """The place that said the value at `path`, or the last one that said something below it."""
        below = [place for key, place in self.provenance.items() if key[: len(path)] == path]
        return below[-1] if below else "the defaults"


def read_layer(path: Path) -> Layer | None:
    """The layer of one of the user's TOML files; None where there is no such file.

    Raises:
        ConfigError: it cannot be read or is not TOML.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        fix = "make it readable, or run with --ignore-user-config"
        raise ConfigError(f"cannot read: {error.strerror}", where=str(path), fix=fix) from error
    return parse_layer(path, data)


def parse_layer(path: Path, data: bytes) -> Layer:
    """The layer of the TOML file at `path` that holds `data`; raises `ConfigError` when it is none."""
    import tomllib  # noqa: PLC0415 -- 5 ms that a start without a config file need not pay

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        where = f"{path}:{line}"
        raise ConfigError("not UTF-8 text", where=where, fix="save the file as UTF-8") from error
    try:
        return Layer(str(path), tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        what, where = _what_and_where(str(error), path, text)
        raise ConfigError(what, where=where, fix="correct the TOML syntax there") from error
    except RecursionError as error:
        fix = "write it with fewer brackets inside brackets"
        raise ConfigError("nested too deeply", where=str(path), fix=fix) from error


def _what_and_where(message: str, path: Path, text: str) -> tuple[str, str]:
    match = _POSITION.match(message)
    if match is None:
        return message, str(path)
    line = match[2] or str(text.count("\n") + 1)
    return match[1], f"{path}:{line}:{match[3] or 1}"


def override_layer(overrides: Iterable[str]) -> Layer:
    """The layer of `-c key=value` arguments, later ones over earlier ones.

    A value that is not TOML is taken as the literal string.

    Raises:
        ConfigError: there is no `=`, or the key is not a dotted key.
    """
    values: dict[str, Any] = {}
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals:
            fix = 'write -c key=value, such as -c model_reasoning_effort="low"'
            raise ConfigError("no '=' in the override", where=f"-c {text}", fix=fix)
        put(values, key_path(key, where=f"-c {text}"), toml_value(value.strip()))
    return Layer("-c", values)


def key_path(key: str, *, where: str) -> KeyPath:
    """The words of a dotted key, such as `a.b` or `projects."/x.y".trust_level`; `where` is for the error.

    Raises:
        ConfigError: it is none.
    """
    parts: list[str] = []
    at = 0
    while at < len(key):
        match = _KEY_PART.match(key, at)
        if match is None:
            break
        parts.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    if at < len(key) or not parts or key.rstrip().endswith("."):
        fix = "write the key as words joined by dots; quote a word that holds a dot"
        raise ConfigError(f"bad key {key!r}", where=where, fix=fix)
    return tuple(parts)


def toml_value(text: str) -> Any:
    """The value that a person wrote: TOML, else the text itself."""
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"[A-Za-z][\w-]*", text) and text not in {"inf", "nan"}:
        return text
    import tomllib  # noqa: PLC0415 -- a start without such values need not pay for it

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def merge(layers: Iterable[Layer]) -> Merged:
    """Put the layers over one another, lowest first: tables merge, anything else is replaced."""
    leaves: dict[KeyPath, tuple[Any, str]] = {}
    for layer in layers:
        for path, value in _leaves(layer.values, ()):
            for old in [old for old in leaves if _one_begins_with_other(old, path)]:
                del leaves[old]
            leaves[path] = (value, layer.where)
    values: dict[str, Any] = {}
    for path, (value, _) in leaves.items():
        put(values, path, value)
    return Merged(values, {path: where for path, (_, where) in leaves.items()})


def table_of(value: Any) -> dict[str, Any]:
    """The table that a value is; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def put(values: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Set the value at `path`, making tables on the way; what is there and is no table gives way."""
    for part in path[:-1]:
        inner = values.get(part)
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = cast("dict[str, Any]", inner)
    values[path[-1]] = value


def _leaves(values: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(cast("dict[str, Any]", value), (*path, key))
        else:
            yield (*path, key), value


def _one_begins_with_other(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
