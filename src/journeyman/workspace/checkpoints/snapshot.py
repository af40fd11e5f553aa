"""Takes a snapshot: one look by git at what changed, then only that is read and stored.

The store's lock is held. Killed at any point, the store stays usable: git replaces its index whole, and a
state that may not fit it is gone before the index changes.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from journeyman.workspace.checkpoints.folder import Folder, State
from journeyman.workspace.checkpoints.git import GitFailedError, StoreGit, nul_separated
from journeyman.workspace.checkpoints.git_dirs import GitDirs, told
from journeyman.workspace.checkpoints.records import Limits, Manifest, Stop, text_of
from journeyman.workspace.checkpoints.scan import Scanner

# Both halves of `git status`, on two processors.
_LOOK = """
git diff-files -z --name-only --no-ext-diff --no-textconv --ignore-submodules=none >"$RUN/changed" & looking=$!
git ls-files -z --others --directory >"$RUN/others" || exit
wait $looking
"""
_IGNORED = """
exclude=/dev/null
if [ -f .git/info/exclude ] && [ ! -L .git ]; then exclude=.git/info/exclude; fi
git ls-files -z --others --ignored --directory --exclude-per-directory=.gitignore \
    --exclude-from="$exclude" >"$RUN/ignored"
"""
_DROP = 'git update-index -z --force-remove --stdin <"$RUN/drop" || exit\n'
_TAKE = 'git {options} update-index -z --add --remove --replace --stdin <"$RUN/take" || exit\n'
_TREE = 'git write-tree >"$RUN/tree" || exit\n'
_EXTRA = """
(cd "$RUN" && git hash-object -w --no-filters --stdin-paths <blobs >hashed) || exit
git mktree -z <"$RUN/members" >"$RUN/extra"
"""
# From here on all new files go into one pack: a first snapshot makes a file, not a hundred thousand.
_MANY_FILES = 500
# Links stay loose objects, and git 2.39 loses the pack when it writes both and waits for loose ones in batches.
_INTO_ONE_PACK = "-c core.bigFileThreshold=1 -c core.fsyncMethod=fsync -c core.fsync=pack"
_REFUSED = re.compile(r"Unable to process path (.*)")
_MANIFEST = "manifest"
# Files that git cannot read though they look readable are left out one by one, up to this many.
_MAX_REFUSED = 50


class Snapshot(msgspec.Struct, frozen=True):
    """The project at one moment, as objects of the store."""

    tree: str
    extra: str
    skipped: list[str]


class Snapshotter:
    """Takes snapshots of one root."""

    def __init__(self, folder: Folder, git: StoreGit, limits: Limits, home: Path) -> None:
        """`home` is never part of a snapshot."""
        self._folder = folder
        self._git = git
        self._limits = limits
        self._home = os.fsencode(os.path.realpath(home))

    async def take(self) -> Snapshot:
        """Keep the present state; the lock is held.

        Raises:
            CheckpointError: it cannot be kept; the store is as usable as before.
        """
        state = self._folder.load_state()
        if state is None:
            self._folder.drop_state()
            self._folder.index.unlink(missing_ok=True)
            state = State(manifest=Manifest(umask=_umask(), git_dirs=[".git"]))
        await self._git.run(_LOOK)
        others = nul_separated(self._git.read("others"))
        changed = nul_separated(self._git.read("changed"))
        scanner = Scanner(
            os.fsencode(self._folder.root),
            state,
            self._limits,
            never=self._home,
            now=(self._folder.run / "others").stat().st_mtime,
        )
        await _in_thread(lambda: scanner.scan(changed, others), scanner.stop)
        if scanner.found.bytes_to_take() > self._limits.total_bytes:
            await self._git.run(_IGNORED)
            scanner.leave_out_most(nul_separated(self._git.read("ignored")))
            scanner.remember_refused(others)
        scanner.note_modes()
        git_dirs = GitDirs(self._folder, state, self._limits)
        await _in_thread(git_dirs.scan, git_dirs.stop)
        state.manifest.left_out = sorted(map(text_of, scanner.found.skipped))
        await self._store(state, scanner, git_dirs)
        skipped = told(scanner.found.skipped | git_dirs.skipped)
        return Snapshot(state.tree, state.extra, skipped)

    async def _store(self, state: State, scanner: Scanner, git_dirs: GitDirs) -> None:
        found = scanner.found
        script = self._extra_script(state, git_dirs)
        if found.take or found.drop or not state.tree:
            self._folder.drop_state()
            await self._update_index(scanner, script)
            state.tree = self._git.read("tree").decode().strip()
        elif script:
            await self._git.run(script)
        if script:
            state.extra = self._git.read("extra").decode().strip()
        self._folder.save_state(state)

    def _extra_script(self, state: State, git_dirs: GitDirs) -> str:
        """Store the manifest, and what it names, as one flat tree; nothing to do where it is the same."""
        manifest = msgspec.json.encode(state.manifest, order="sorted")
        name = git_dirs.add_blob(manifest)
        if name == state.manifest_blob:
            return ""
        state.manifest_blob = name
        blobs = {blob for _, blob in state.manifest.extras.values()}
        members = [f"100644 blob {blob}\t{blob}" for blob in sorted(blobs)]
        members.append(f"100644 blob {name}\t{_MANIFEST}")
        self._git.write("members", "".join(member + "\0" for member in members).encode())
        self._git.write("blobs", "".join(blob + "\n" for blob in git_dirs.blobs).encode())
        return _EXTRA

    async def _update_index(self, scanner: Scanner, then: str) -> None:
        found = scanner.found
        for _ in range(_MAX_REFUSED):
            script = ""
            if found.drop:
                self._git.write("drop", b"".join(path + b"\0" for path in found.drop))
                script += _DROP
            if found.take:
                paths = b"".join(candidate.path + b"\0" for candidate in found.take)
                self._git.write("take", paths)
                many = len(found.take) > _MANY_FILES
                script += _TAKE.format(options=_INTO_ONE_PACK if many else "")
            try:
                await self._git.run(script + _TREE + then)
            except GitFailedError as error:
                if not _leave_out_refused(scanner, error.output):
                    raise
            else:
                return
        raise GitFailedError(128, "too many files cannot be read")


def _leave_out_refused(scanner: Scanner, output: str) -> bool:
    match = _REFUSED.search(output)
    found = scanner.found
    for candidate in found.take:
        if match and candidate.path.decode(errors="backslashreplace") == match[1]:
            found.take.remove(candidate)
            found.drop.append(candidate.path)
            found.skipped[candidate.path] = "cannot be read"
            scanner.forget(candidate.path)
            return True
    return False


async def _in_thread(work: Callable[[], None], stop: Stop) -> None:
    """Run `work` beside the event loop. Cancelled, stop it and wait: it must not outlive the lock."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.is_set = True
        await asyncio.wait([task])
        raise


def _umask() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
