"""Runs git on a store of ours, confined and deaf to the project, to the user's and to the system's configuration.

Input and output go through files in the store's `run` directory, so that what git says to people never
mixes with what it answers.
"""

from __future__ import annotations

import os
from pathlib import Path

from journeyman.sandbox.api import Command, ConfinementError, Launcher
from journeyman.sandbox.policy import Limits as SandboxLimits
from journeyman.sandbox.policy import Policy
from journeyman.workspace.checkpoints.folder import Folder
from journeyman.workspace.checkpoints.records import CheckpointError
from journeyman.workspace.neutral_git import NEUTRAL, neutral_environment

_MAX_MESSAGE_BYTES = 4096
# A first snapshot is one pack, and clean-up makes one of all.
_MAX_PACK_BYTES = 1 << 40
# Nothing may run, reach out, or change a byte between the disk and the store.
_CONFIG = {
    **NEUTRAL,
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.symlinks": "true",
    "core.filemode": "true",
    "core.ignorecase": "false",
    "core.precomposeunicode": "false",
    "core.protectHFS": "false",
    "core.protectNTFS": "false",
    "core.untrackedCache": "false",
    "core.preloadIndex": "true",
    "core.compression": "1",
    # Batches cost one wait for the disk each, not one for every object.
    "core.fsync": "loose-object,pack",
    "core.fsyncMethod": "batch",
    "index.threads": "true",
}


class GitFailedError(CheckpointError):
    """A script of git commands failed; `output` is what it said."""

    def __init__(self, code: int, output: str) -> None:
        """Keep what it said."""
        lines = output.strip().splitlines()
        super().__init__(f"git failed ({code}): {lines[-1] if lines else 'no reason given'}")
        self.output = output


class StoreGit:
    """Git with the store's index and objects and the project as its work tree."""

    def __init__(self, launcher: Launcher, folder: Folder, path: str) -> None:
        """Take the launcher and the PATH where git is."""
        self._launcher = launcher
        self._folder = folder
        self._env = _environment(folder, path)

    async def run(self, script: str, *, also_writable: tuple[Path, ...] = ()) -> None:
        """Run a shell script in the root; `$RUN` is the directory of its files.

        It can write to the store, and to `also_writable`. Cancelling it ends its processes.

        Raises:
            CheckpointError: it failed, or could not be run.
        """
        folder = self._folder
        command = Command(
            argv=("/bin/sh", "-c", script),
            cwd=str(folder.root),
            env=self._env,
        )
        policy = Policy(
            writable_roots=(str(folder.path), *(str(path) for path in also_writable)),
            # The overlay on a home directory makes each look at a file cost twice as much.
            plain_roots=(str(folder.root),),
            protected_names=(),
            protected_where_present=(),
            # What commands may not read is kept as well: one that was allowed to leave the sandbox can change it.
            ignore=None,
            limits=SandboxLimits(file_bytes=_MAX_PACK_BYTES),
        )
        try:
            process = await self._launcher.launch(command, policy)
        except ConfinementError as error:
            raise CheckpointError(f"git cannot be run confined: {error}") from error
        except OSError as error:
            what = error.filename or command.argv[0]
            raise CheckpointError(f"git cannot be run: {what}: {error.strerror}") from error
        try:
            output = b""
            while data := await process.read():
                output = (output + data)[-_MAX_MESSAGE_BYTES:]
            code = await process.wait()
        finally:
            await process.kill()
        if code != 0:
            raise GitFailedError(code, output.decode(errors="backslashreplace"))

    def read(self, name: str) -> bytes:
        """A file of the `run` directory; empty where there is none."""
        try:
            return (self._folder.run / name).read_bytes()
        except FileNotFoundError:
            return b""

    def write(self, name: str, content: bytes) -> None:
        """Write a file to the `run` directory."""
        (self._folder.run / name).write_bytes(content)


def nul_separated(data: bytes) -> list[bytes]:
    """The words of a list in which each one is ended by a NUL."""
    return data.split(b"\0")[:-1]


def _environment(folder: Folder, path: str) -> dict[str, str]:
    return {
        "PATH": path or os.defpath,
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "RUN": str(folder.run),
        "GIT_DIR": str(folder.git_dir),
        "GIT_WORK_TREE": str(folder.root),
        "GIT_INDEX_FILE": str(folder.index),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        **neutral_environment(_CONFIG),
    }
