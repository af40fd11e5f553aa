"""Restores a checkpoint: git writes the files, a worker in the sandbox what git has no commands for.

The store's lock is held and the present is in a checkpoint before the first byte changes. A killed restore
leaves a mixture, and doing it again finishes it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from journeyman.workspace.checkpoints.folder import Folder
from journeyman.workspace.checkpoints.git import GitFailedError, StoreGit
from journeyman.workspace.checkpoints.git_dirs import kept_directory
from journeyman.workspace.checkpoints.plan import Plan, is_below, read_changes
from journeyman.workspace.checkpoints.records import (
    Checkpoint,
    CheckpointError,
    Manifest,
    bytes_of,
)
from journeyman.workspace.checkpoints.snapshot import Snapshot

_WORKER = str(Path(__file__).resolve().with_name("restore_worker.py"))
_COMPARE = """
git diff-tree -r -z --raw --no-renames --no-abbrev --no-ext-diff --no-textconv \
    {present.tree} {goal.tree} >"$RUN/difference" || exit
git cat-file blob {present.extra}:manifest >"$RUN/present" || exit
git cat-file blob {goal.extra}:manifest >"$RUN/goal"
"""
# The goal of a part is the present with that part replaced, made in an index of its own.
_PART = """
cp "$GIT_INDEX_FILE" "$RUN/part" || exit
GIT_INDEX_FILE="$RUN/part" git update-index -z --replace --index-info <"$RUN/entries" || exit
GIT_INDEX_FILE="$RUN/part" git write-tree >"$RUN/part-tree"
"""
_CONTENT = 'git cat-file --batch <"$RUN/wanted" >"$RUN/content"\n'
_FILES = "git read-tree -m -u {goal}\n"
_NONE = "0" * 40


class Restorer:
    """Restores into one root."""

    def __init__(self, folder: Folder, git: StoreGit, *, python: str = sys.executable) -> None:
        """`python` runs the worker."""
        self._folder = folder
        self._git = git
        self._python = python

    async def plan(self, present: Snapshot, goal: Checkpoint, paths: Sequence[bytes]) -> Plan:
        """What restoring `goal`, or its `paths`, would change.

        Raises:
            CheckpointError: the checkpoint's content is not there any more.
        """
        try:
            await self._git.run(_COMPARE.format(present=present, goal=goal))
        except GitFailedError as error:
            message = f"checkpoint {goal.id} cannot be read: {error}"
            raise CheckpointError(message) from error
        goal_manifest = msgspec.json.decode(self._git.read("goal"), type=Manifest)
        changes = read_changes(self._git.read("difference"), paths)
        left_out = [bytes_of(name).rstrip(b"/") for name in goal_manifest.left_out]
        spared = {c.path for c in changes if left_out and is_below(c.path, left_out)}
        return Plan(
            files=[change for change in changes if change.path not in spared],
            present=msgspec.json.decode(self._git.read("present"), type=Manifest),
            goal=goal_manifest,
            paths=tuple(paths),
            is_part=bool(paths or spared),
        )

    async def open_up(self, plan: Plan) -> None:
        """Give their owner back what `plan` needs and cannot read; raises as `apply`."""
        await self._work("open", (("open_up", name) for name in plan.hidden()), plan)

    async def apply(self, plan: Plan, goal_tree: str) -> None:
        """Make it so; `goal_tree` are the files of the checkpoint.

        Raises:
            CheckpointError: something stands in the way; what was done until then stays.
        """
        state = self._folder.load_state()
        if state is None:
            raise CheckpointError("the present state is not known; try again")
        tree = await self._part(plan) if plan.is_part else goal_tree
        await self._fetch(plan)
        self._folder.drop_state()
        await self._work("before", _removals(plan), plan)
        if plan.files:
            await self._run(_FILES.format(goal=tree))
        await self._work("after", self._writes(plan), plan)
        state.manifest = _merged(plan)
        state.tree, state.manifest_blob = tree, ""
        state.signatures, state.kept = {}, {}
        state.fresh = list(plan.permissions() | plan.written())
        # Looked at again by the next snapshot: no time of change is 0.
        state.directories |= dict.fromkeys(_parents(plan.written()), 0)
        self._folder.save_state(state)

    async def _part(self, plan: Plan) -> str:
        lines = [
            f"{change.mode if change.kind != 'remove' else '0'} "
            f"{change.blob if change.kind != 'remove' else _NONE}\t".encode()
            + change.path
            for change in sorted(plan.files, key=lambda change: change.kind != "remove")
        ]
        self._git.write("entries", b"".join(line + b"\0" for line in lines))
        await self._git.run(_PART)
        return self._git.read("part-tree").decode().strip()

    async def _fetch(self, plan: Plan) -> None:
        """Have the content of git directories' files in `run`."""
        blobs = sorted({plan.goal.extras[name][1] for name in plan.extras_to_write()})
        self._git.write("wanted", "".join(blob + "\n" for blob in blobs).encode())
        await self._git.run(_CONTENT)
        content = self._git.read("content")
        at = 0
        for blob in blobs:
            end = content.index(b"\n", at)
            words = content[at:end].split(b" ")
            if len(words) != 3:
                raise CheckpointError(f"object {blob} is missing from {self._folder.git_dir}")
            at = end + 1 + int(words[2])
            self._git.write(f"blob-{blob}", content[end + 1 : at])
            at += 1

    def _writes(self, plan: Plan) -> Iterator[tuple[object, ...]]:
        for name in plan.directories_to_remove():
            yield "leave_directory", name, 0o777 & ~plan.goal.umask
        for name, mode in plan.directories_to_make():
            yield "directory", name, mode | 0o700
        for name in plan.objects_to_restore():
            yield "objects", name, str(kept_directory(self._folder, name))
        for name in plan.extras_to_write():
            mode, blob = plan.goal.extras[name]
            yield "file", name, f"blob-{blob}", mode
        for name, mode in (plan.permissions() | plan.written()).items():
            yield "permissions", name, mode, plan.goal.umask
        for name, mode in reversed(plan.directories_to_make()):
            yield "directory", name, mode

    async def _work(self, name: str, lines: Iterator[tuple[object, ...]], plan: Plan) -> None:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        if not text:
            return
        self._git.write(name, text.encode())
        words = (self._python, "-S", "-I", _WORKER, str(self._folder.root))
        quoted = " ".join(_quote(word) for word in words)
        outside = [(self._folder.root / name).resolve() for name in plan.places_outside()]
        await self._run(f'exec {quoted} "$RUN" {name}\n', *outside)

    async def _run(self, script: str, *outside: Path) -> None:
        try:
            await self._git.run(script, also_writable=(self._folder.root, *outside))
        except GitFailedError as error:
            message = f"the restore stopped in the middle: {error}; mend that and undo once more"
            raise CheckpointError(message) from error


def _removals(plan: Plan) -> Iterator[tuple[object, ...]]:
    for name in plan.git_dirs_to_remove():
        yield "remove_tree", name
    for name in plan.extras_to_remove():
        yield "remove", name


def _parents(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        parent = name.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return found


def _merged(plan: Plan) -> Manifest:
    """The manifest after the restore: the goal's where it reaches, else the present one."""
    if not plan.paths:
        return plan.goal
    present, goal = plan.present, plan.goal
    modes = {name: mode for name, mode in present.modes.items() if not plan.covers(name)}
    modes |= {name: mode for name, mode in goal.modes.items() if plan.covers(name)}
    directories = dict(present.directories) | dict(plan.directories_to_make())
    git_dirs = sorted({*present.git_dirs, *goal.git_dirs})
    return Manifest(umask=present.umask, modes=modes, directories=directories, git_dirs=git_dirs)


def _quote(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
