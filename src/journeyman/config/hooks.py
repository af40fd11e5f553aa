"""Reads hooks as they are written: `hooks.json`, or `[hooks]` of config.toml, in the published shape.

`{"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "...", "timeout": 60}]}]}`. What cannot
be used costs only itself and is told. Whether any of it may run is not decided here.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, cast, get_args

import msgspec

from journeyman.protocol.hooks import HookEventName

HOOKS_FILE = "hooks.json"
_EVENTS: dict[str, HookEventName] = {
    name[0].upper() + name[1:]: name for name in get_args(HookEventName)
}
# What the reference gives one that says nothing; enough for a test suite.
_TIMEOUT_SECONDS = 600.0
# Where the reference keeps in config.toml which hooks it trusts.
_NOT_EVENTS = frozenset(("state",))


class ConfiguredHook(msgspec.Struct, frozen=True, kw_only=True):
    """One hook; `matcher` says for which tools or occasions, None for all."""

    event: HookEventName
    command: str
    matcher: str | None = None
    timeout_seconds: float = _TIMEOUT_SECONDS
    status_message: str | None = None


class HooksRead(NamedTuple):
    """The hooks in the order of their events, and what of the text means nothing."""

    hooks: list[ConfiguredHook]
    problems: list[str]


class _Handler(msgspec.Struct, frozen=True, rename="camel"):
    type: str = "command"
    command: str = ""
    timeout: float | None = None
    status_message: str | None = None


class _Group(msgspec.Struct, frozen=True):
    matcher: str | None = None
    hooks: list[_Handler] = []


def read_hooks_file(data: bytes) -> HooksRead:
    """The hooks in the bytes of a hooks.json."""
    try:
        file = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return HooksRead([], [f"it is not a JSON object: {error}"])
    return read_hooks(file.get("hooks", {}))


def read_hooks(table: Any) -> HooksRead:
    """The hooks in a table from event to groups."""
    if not isinstance(table, dict):
        return HooksRead([], ["hooks is not a table from events to lists"])
    events = cast("dict[str, Any]", table)
    problems = [
        f"there is no event {name}" for name in events if name not in {*_EVENTS, *_NOT_EVENTS}
    ]
    hooks: list[ConfiguredHook] = []
    for name, event in _EVENTS.items():
        try:
            groups = msgspec.convert(events.get(name, []), list[_Group])
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}")
            continue
        for group in groups:
            wrong = _wrong_matcher(group.matcher)
            if wrong:
                problems.append(f"{name}: {wrong}")
                continue
            for handler in group.hooks:
                hook = _hook(event, group, handler)
                if isinstance(hook, str):
                    problems.append(f"{name}: {hook}")
                else:
                    hooks.append(hook)
    return HooksRead(hooks, problems)


def _wrong_matcher(matcher: str | None) -> str | None:
    if matcher in {None, "*"}:
        return None
    try:
        re.compile(str(matcher))
    except re.error as error:
        return f"the matcher {matcher!r} is no regular expression: {error}"
    return None


def _hook(event: HookEventName, group: _Group, handler: _Handler) -> ConfiguredHook | str:
    if handler.type != "command":
        return f"hooks of type {handler.type!r} are not supported, only command"
    if not handler.command.strip():
        return "a hook has no command"
    if handler.timeout is not None and handler.timeout <= 0:
        return "a timeout has to be a number of seconds greater than 0"
    return ConfiguredHook(
        event=event,
        command=handler.command,
        matcher=group.matcher,
        timeout_seconds=_TIMEOUT_SECONDS if handler.timeout is None else handler.timeout,
        status_message=handler.status_message,
    )
