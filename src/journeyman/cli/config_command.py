"""`jm config`: what is configured and where it was said; changes keep the file's comments and are checked first."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from journeyman.cli.config_layers import check_layer, edit_config, load_for
from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_error, write_lines
from journeyman.config.check import unknown_part
from journeyman.config.edit import Edit, toml_text, write_file
from journeyman.config.errors import ConfigError
from journeyman.config.layers import KeyPath, key_path, read_layer, toml_value
from journeyman.config.load import CONFIG_FILE, Loaded
from journeyman.config.secrets import is_secret
from journeyman.redaction import MASK
from journeyman.visible_text import visible_line

_HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EXAMPLES = """\b
Examples:
  jm config show
  jm config get model
  jm config set sandbox_workspace_write.network_access true
  jm config unset model_reasoning_effort
"""


@click.group("config", epilog=_EXAMPLES, context_settings=_HELP)
def command() -> None:
    """Show and change the configuration.

    Changes go to config.toml of the home folder; its comments stay. Nothing is written that could not be used.
    """


@command.command("show", context_settings=_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: key -> {value, where}.")
@click.pass_context
def show(ctx: click.Context, *, as_json: bool) -> None:
    """List what is set, with the place that said it; secrets are masked."""
    loaded = load_for(ctx)
    rows = {
        _dotted(path): (MASK if is_secret(path) else _value_at(loaded, path), where)
        for path, where in sorted(loaded.provenance.items())
    }
    if as_json:
        found = {key: {"value": value, "where": where} for key, (value, where) in rows.items()}
        write_lines([msgspec.json.format(msgspec.json.encode(found), indent=2).decode()])
    elif rows:
        lines = [
            f"{visible_line(key)} = {visible_line(toml_text(value))}  # {visible_line(where)}"
            for key, (value, where) in rows.items()
        ]
        write_lines(lines)
    else:
        write_error("Nothing is set: the defaults count.\n")


@command.command("get", context_settings=_HELP)
@click.argument("key")
@click.pass_context
def get(ctx: click.Context, key: str) -> None:
    """Print the value in effect, set or default, as TOML; where it was said goes to stderr."""
    loaded = load_for(ctx)
    path = _path(key)
    try:
        value = _value_at(loaded, path)
    except LookupError:
        message = f"there is no value, in {key}: see `jm config show` for what is set"
        raise CommandError(message) from None
    write_lines([toml_text(value)])
    write_error(f"# {_where(loaded, path)}\n")


@command.command("set", context_settings={**_HELP, "ignore_unknown_options": True})
@click.argument("key")
@click.argument("value", type=click.UNPROCESSED)
def set_value(key: str, value: str) -> None:
    """Set KEY to VALUE, which is TOML, else a literal string."""
    path = _path(key)
    edit_config([Edit(path=path, value=toml_value(value))])
    if unknown := unknown_part(path):
        write_error(
            f"warning: it is set, but {visible_line(unknown)} is no key that has an effect\n"
        )


@command.command("unset", context_settings=_HELP)
@click.argument("key")
def unset(key: str) -> None:
    """Remove KEY; its default counts again."""
    edit_config([Edit(path=_path(key), value=None)])


@command.command("path", context_settings=_HELP)
def path_of_config() -> None:
    """Print the path of config.toml."""
    write_lines([str(read_process().home / CONFIG_FILE)])


@command.command("edit", context_settings=_HELP)
def edit() -> None:
    """Open a copy in your editor (VISUAL, EDITOR); it takes the file's place when it can be used."""
    process = read_process()
    path = process.home / CONFIG_FILE
    editor = process.environment.get("VISUAL") or process.environment.get("EDITOR") or "vi"
    draft = path.with_name(f"config.draft.{os.getpid()}.toml")
    try:
        draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(before)
        code = subprocess.run([*shlex.split(editor), str(draft)], check=False).returncode
    except (OSError, ValueError) as error:
        draft.unlink(missing_ok=True)
        raise CommandError(f"cannot edit: {error}, in {editor}: set EDITOR") from error
    if code != 0:
        draft.unlink(missing_ok=True)
        message = f"the editor failed with exit code {code}, in {editor}: nothing was changed"
        raise CommandError(message)
    _take_over(draft, path, before)


def _take_over(draft: Path, path: Path, before: bytes) -> None:
    if draft.read_bytes() == before:
        draft.unlink()
        return
    try:
        layer = read_layer(draft)
        if layer is not None:
            check_layer(layer)
        write_file(path, draft.read_bytes(), expected=before)
    except ConfigError as error:
        raise CommandError(f"{error}; your text is kept in {draft}") from error
    draft.unlink()


def _path(key: str) -> KeyPath:
    try:
        return key_path(key, where=f"the key {key!r}")
    except ConfigError as error:
        raise CommandError(str(error)) from error


def _dotted(path: KeyPath) -> str:
    return ".".join(part if part.replace("-", "_").isidentifier() else f'"{part}"' for part in path)


def _value_at(loaded: Loaded, path: KeyPath) -> Any:
    """The value as it was written, else the default; raises `LookupError` where there is neither."""
    for values in (loaded.values, cast("dict[str, Any]", msgspec.to_builtins(loaded.settings))):
        value: Any = values
        for part in path:
            if not isinstance(value, Mapping) or part not in value:
                break
            value = cast("Mapping[str, Any]", value)[part]
        else:
            if value is not None:
                return value
    raise LookupError(path)


def _where(loaded: Loaded, path: KeyPath) -> str:
    below = [where for key, where in loaded.provenance.items() if key[: len(path)] == path]
    return below[-1] if below else "the default"
