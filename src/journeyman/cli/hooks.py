"""Which hooks there are for work in a folder, and which of them may run: only content that the user trusted.

The user's own need that too: who can write a file of theirs, such as an agent without a sandbox, must not decide
what runs from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from journeyman.config.hooks import (
    HOOKS_FILE,
    ConfiguredHook,
    HooksRead,
    read_hooks,
    read_hooks_file,
)
from journeyman.config.load import CONFIG_FILE
from journeyman.config.project import is_home
from journeyman.config.repository_content import PLACES, RefusedContentError, read_content
from journeyman.config.settings import Settings
from journeyman.config.trust import TrustStore, digest_of
from journeyman.core.hooks import Hook
from journeyman.protocol.hooks import HookSource
from journeyman.visible_text import visible_line
from journeyman.workspace.bounded_file import FileRefusedError, read_regular

TrustState = Literal["trusted", "untrusted", "modified"]
_MAX_BYTES = 1 << 20
_WHY = {"untrusted": "not trusted", "modified": "changed since they were trusted"}


class HookSet(msgspec.Struct, frozen=True, kw_only=True):
    """The hooks that are trusted together: `root` and `digest` are what trust is kept by."""

    source: HookSource
    root: Path
    path: Path
    hooks: tuple[ConfiguredHook, ...]
    digest: str
    state: TrustState
    problems: tuple[str, ...] = ()


def find_hooks(home: Path, configured: Settings, project: Path) -> list[HookSet]:
    """All sets with anything in them, the user's first; `project` is the root of the repository, or the folder."""
    store = TrustStore.load(home)
    sets = [_of_user(home, configured, store), _of_repository(home, project, store)]
    return [found for found in sets if found is not None and (found.hooks or found.problems)]


def hooks_to_run(sets: Sequence[HookSet], *, trust_all: bool) -> tuple[tuple[Hook, ...], list[str]]:
    """The hooks that may run, numbered, and what the user should know of the rest."""
    hooks: list[Hook] = []
    warnings: list[str] = []
    for found in sets:
        shown = visible_line(str(found.path))
        warnings += [f"In {shown}, {visible_line(text)}" for text in found.problems]
        if found.hooks and found.state != "trusted" and not trust_all:
            command = "jm hooks trust" if found.source == "user" else "jm trust"
            warnings.append(
                f"The hooks in {shown} are {_WHY[found.state]}, so they do not run. To see and trust them: {command}"
            )
            continue
        for hook in found.hooks:
            hooks.append(
                Hook(
                    event=hook.event,
                    command=hook.command,
                    matcher=hook.matcher,
                    timeout_seconds=hook.timeout_seconds,
                    source=found.source,
                    source_path=str(found.path),
                    order=len(hooks),
                    status_message=hook.status_message,
                )
            )
    return tuple(hooks), warnings


def _of_user(home: Path, configured: Settings, store: TrustStore) -> HookSet | None:
    path = home / HOOKS_FILE
    table = {name: value for name, value in configured.hooks.items() if name != "state"}
    if not table and not path.exists():
        return None
    data, problems = b"", list[str]()
    if path.exists():
        try:
            data, size = read_regular(path, _MAX_BYTES)
        except FileRefusedError as error:
            problems.append(f"it was not read: {error}")
        else:
            if size > _MAX_BYTES:
                data = b""
                problems.append(f"it was not read: it is larger than {_MAX_BYTES} bytes")
    in_file = read_hooks_file(data) if data else HooksRead([], [])
    in_config = read_hooks(table)
    problems += in_file.problems
    problems += [f"[hooks] of {CONFIG_FILE}: {text}" for text in in_config.problems]
    digest = digest_of(
        [(HOOKS_FILE, data), (CONFIG_FILE, msgspec.json.encode(table, order="deterministic"))]
    )
    return HookSet(
        source="user",
        root=home,
        path=path if data or not table else home / CONFIG_FILE,
        hooks=(*in_file.hooks, *in_config.hooks),
        digest=digest,
        state=_state(store, home, digest),
        problems=tuple(problems),
    )


def _of_repository(home: Path, project: Path, store: TrustStore) -> HookSet | None:
    path = project / PLACES["hooks"]
    if not path.exists() or is_home(path.parent, home):
        return None
    try:
        content = read_content(project, "hooks")
    except RefusedContentError as error:
        return HookSet(
            source="project",
            root=project,
            path=path,
            hooks=(),
            digest="",
            state="untrusted",
            problems=(f"it was not read: {error}",),
        )
    if content is None:
        return None
    read = read_hooks_file(content.files[0].data)
    return HookSet(
        source="project",
        root=project,
        path=path,
        hooks=tuple(read.hooks),
        digest=content.digest,
        state=_state(store, project, content.digest),
        problems=tuple(read.problems),
    )


def _state(store: TrustStore, root: Path, digest: str) -> TrustState:
    if store.trusts(root, "hooks", digest):
        return "trusted"
    return "modified" if "hooks" in store.of_project(root).digests else "untrusted"
