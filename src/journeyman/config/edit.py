"""Changes the user's config.toml: comments, order and spelling of what is not changed stay as they are.

The one place that writes it. A change is checked before it is kept, is made under a lock, and reaches the
file as a whole: new, then put in place. What a reader saw is named by its version, a hash of the content.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from journeyman.config.errors import ConfigError
from journeyman.config.layers import KeyPath, Layer, read_layer
from journeyman.private_file import locked_folder, write_private

_FIX_SPACE = "make the folder yours and writable, with some space"


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One change: `value` at `path`, or nothing there where it is None.

    With `merge`, a table is laid over the table that is there; otherwise it takes its place.
    """

    path: KeyPath
    value: Any
    merge: bool = False


class VersionConflictError(ConfigError):
    """The file is not the one that the writer had read."""


def version_of(path: Path) -> str:
    """The version of the file's content; that of an empty one where there is no file."""
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    return _version(data)


def edit_file(
    path: Path,
    edits: Sequence[Edit],
    check: Callable[[Layer], object],
    *,
    expected_version: str | None = None,
) -> str:
    """Make the changes, all or none.

    Args:
        path: the file; it and its folder are made where they are missing.
        edits: what to change, in order.
        check: raises `ConfigError` for a file that would not be usable; it is then left as it was.
        expected_version: refuse unless the file has this version now.

    Returns:
        The new version.

    Raises:
        VersionConflictError: see `expected_version`.
        ConfigError: the file cannot be read, understood or written, or an edit makes no sense.
    """
    try:
        # Kept in another folder and linked from here, as people do with their settings: write there.
        real = path.resolve()
        with locked_folder(real.parent):
            return _edit(real, edits, check, expected_version)
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise ConfigError(what, where=str(path), fix=_FIX_SPACE) from error


def write_file(path: Path, data: bytes, *, expected: bytes) -> None:
    """Put `data` in the file's place, which must still hold `expected`; raises `ConfigError`."""
    try:
        real = path.resolve()
        with locked_folder(real.parent):
            if (real.read_bytes() if real.exists() else b"") != expected:
                fix = "compare the two and repeat the change"
                raise VersionConflictError("changed meanwhile", where=str(path), fix=fix)
            _replace(real, data)
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise ConfigError(what, where=str(path), fix=_FIX_SPACE) from error


def toml_text(value: Any) -> str:
    """The value as TOML writes it on one line."""
    import tomlkit  # noqa: PLC0415 -- 20 ms that few commands need to pay

    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value).items()
        pairs = (f"{tomlkit.key([key]).as_string()} = {toml_text(v)}" for key, v in members)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_text, cast('list[Any]', value)))}]"
    item: Any = cast("Any", tomlkit.item)(value)
    return str(item.as_string())


def _edit(
    path: Path,
    edits: Sequence[Edit],
    check: Callable[[Layer], object],
    expected_version: str | None,
) -> str:
    import tomlkit  # noqa: PLC0415 -- 20 ms that only a change needs to pay

    before = read_layer(path)  # tells where the syntax is wrong, with line and column
    data = path.read_bytes() if before is not None else b""
    if expected_version is not None and expected_version != _version(data):
        fix = "read it again and repeat the change"
        raise VersionConflictError("changed since it was read", where=str(path), fix=fix)
    document = tomlkit.parse(data.decode())
    for edit in edits:
        _apply(cast("dict[str, Any]", document), edit)
    text = tomlkit.dumps(document)
    check(Layer(str(path), tomlkit.parse(text).unwrap()))
    _replace(path, text.encode())
    return _version(text.encode())


def _apply(table: dict[str, Any], edit: Edit) -> None:
    *parents, last = edit.path
    for depth, part in enumerate(parents):
        if part not in table:
            if edit.value is None:
                return
            table[part] = _new_table(is_parent=True)
        inner = table[part]
        if not isinstance(inner, dict):
            where = ".".join(edit.path[: depth + 1])
            fix = "remove that value first, or choose another key"
            raise ConfigError("it holds a value, not a table", where=where, fix=fix)
        table = cast("dict[str, Any]", inner)
    if edit.value is None:
        table.pop(last, None)
    elif edit.merge and _is_table(edit.value) and _is_table(table.get(last)):
        inner = cast("dict[str, Any]", table[last])
        for key, value in cast("dict[str, Any]", edit.value).items():
            _apply(inner, Edit(path=(key,), value=value, merge=True))
    else:
        _set(table, last, _item(edit.value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _set(table: dict[str, Any], key: str, item: Any) -> None:
    # An inline table that becomes a plain one, or the other way round, has to move: a key after a
    # [header] would belong to that header.
    if _is_table(table.get(key)) or _is_table(item):
        table.pop(key, None)
    table[key] = item


def _new_table(*, is_parent: bool) -> Any:
    import tomlkit  # noqa: PLC0415 -- loaded by now, as an edit began

    return tomlkit.table(is_super_table=is_parent)


def _item(value: Any) -> Any:
    """The value as TOML; a table gets a header of its own, and its inner tables stay on one line."""
    import tomlkit  # noqa: PLC0415 -- loaded by now, as an edit began

    if not isinstance(value, dict):
        make: Any = tomlkit.item
        return make(_without_nothing(value))
    table = _new_table(is_parent=False)
    members = cast("dict[str, Any]", _without_nothing(value))
    for key, inner in members.items():
        is_table = isinstance(inner, dict)
        table.append(key, _inline(cast("dict[str, Any]", inner)) if is_table else inner)
    return table


def _inline(values: dict[str, Any]) -> Any:
    import tomlkit  # noqa: PLC0415 -- loaded by now, as an edit began

    table: Any = tomlkit.inline_table()
    table.update(_without_nothing(values))
    return table


def _without_nothing(value: Any) -> Any:
    """TOML has no word for nothing: such members are left out."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value).items()
        return {key: _without_nothing(inner) for key, inner in members if inner is not None}
    if isinstance(value, list):
        return [_without_nothing(part) for part in cast("list[Any]", value) if part is not None]
    return value


def _replace(path: Path, data: bytes) -> None:
    if path.exists():
        write_private(path, data, mode=stat.S_IMODE(path.stat().st_mode))
    else:
        # Whoever may read it sees servers and addresses, perhaps keys.
        write_private(path, data)


def _version(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
