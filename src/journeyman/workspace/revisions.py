"""Asks git what a name means, confined and deaf to what the repository configures.

Names come from users and clients and may be anything: they are arguments, never part of a command, and what comes
back is a commit's hash.
"""

from __future__ import annotations

import os
import re

from journeyman.sandbox.api import Command, ConfinementError, Launcher
from journeyman.sandbox.policy import Policy
from journeyman.visible_text import visible_line
from journeyman.workspace.api import Revision, RevisionError
from journeyman.workspace.neutral_git import neutral_environment

_SCRIPT = """\
git rev-parse --verify --quiet 'HEAD^{commit}' >/dev/null 2>&1 || exit 3
commit=$(git rev-parse --verify --quiet --end-of-options "$1^{commit}" 2>/dev/null) || exit 4
echo "$commit"
git merge-base HEAD "$commit" 2>/dev/null
exit 0
"""
_NO_COMMIT = 4
_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MAX_NAME = 255
_MAX_BYTES = 4096


class GitRevisions:
    """See `Revisions`."""

    def __init__(self, launcher: Launcher, path: str) -> None:
        """Take the launcher, and the PATH where git is."""
        self._launcher = launcher
        self._env = {
            "PATH": path or os.defpath,
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_OPTIONAL_LOCKS": "0",
            **neutral_environment(),
        }

    async def find(self, cwd: str, name: str) -> Revision | None:
        """See `Revisions.find`."""
        if not name or name.startswith("-") or len(name) > _MAX_NAME or not name.isprintable():
            message = f"{visible_line(name)!r} cannot be the name of a branch or commit"
            raise RevisionError(message)
        command = Command(argv=("/bin/sh", "-c", _SCRIPT, "sh", name), cwd=cwd, env=self._env)
        try:
            process = await self._launcher.launch(command, Policy())
        except (ConfinementError, OSError):
            return None
        try:
            output = b""
            while (data := await process.read()) and len(output) < _MAX_BYTES:
                output += data
            code = await process.wait()
        finally:
            await process.kill()
        if code == _NO_COMMIT:
            message = f"there is no branch or commit {visible_line(name)!r} in {visible_line(cwd)}"
            raise RevisionError(message)
        hashes = [line.decode() for line in output.split() if _HASH.fullmatch(line)]
        if code != 0 or not hashes:
            return None
        return Revision(commit=hashes[0], merge_base=hashes[1] if len(hashes) > 1 else None)
