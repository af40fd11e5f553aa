"""The server's `FileLister`: ripgrep in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.cli.process import Process
from journeyman.cli.search_program import find_ripgrep
from journeyman.protocol.jsonrpc import RpcError
from journeyman.sandbox.api import ConfinementError, Launcher
from journeyman.workspace.listing import ListingError, list_files


class RipgrepLister:
    """See `FileLister`."""

    def __init__(self, process: Process, launcher: Launcher) -> None:
        """Look in directories relative to the process's own."""
        self._process = process
        self._launcher = launcher

    async def files_below(self, root: str) -> Sequence[str]:
        """See `FileLister.files_below`."""
        ripgrep = find_ripgrep(self._process.environment.get("PATH", ""))
        if ripgrep is None:
            message = "fuzzyFileSearch needs ripgrep: reinstall Journeyman, or install ripgrep"
            raise RpcError(message)
        try:
            return await list_files(self._launcher, ripgrep, self._process.directory / root)
        except (ListingError, ConfinementError) as error:
            message = f"fuzzyFileSearch: {error}"
            raise RpcError(message) from error
