"""The checkpoints of the project around a directory, for commands: opened with the user's limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.thread_settings import checkpoint_limits
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.sandbox.launcher import system_launcher
from journeyman.workspace.checkpoints.project import Project, project_around
from journeyman.workspace.checkpoints.records import CheckpointError, Limits
from journeyman.workspace.checkpoints.surroundings import Surroundings

ResultT = TypeVar("ResultT")


def with_project(
    directory: str | None, work: Callable[[Project, Path], Awaitable[ResultT]]
) -> ResultT:
    """Run `work` with the project around `directory` (default: this one) and that directory.

    Raises:
        CommandError: it cannot be done.
    """
    process = read_process()
    where = process.directory / (directory or ".")

    async def run() -> ResultT:
        path = process.environment.get("PATH", "")
        launcher = system_launcher(path)
        limits = checkpoint_limits(load_settings(Sources(home=process.home)).settings)
        around = Surroundings(
            launcher=launcher,
            home=process.home,
            path=path,
            clock=SystemClock(),
            limits=limits or Limits(),
        )
        try:
            return await work(project_around(str(where), around), where)
        finally:
            launcher.close()

    try:
        return asyncio.run(run())
    except (CheckpointError, ConfigError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        what = error.filename or "the checkpoints"
        with suppress(UnicodeDecodeError):
            what = what.decode() if isinstance(what, bytes) else what
        raise CommandError(f"{what}: {error.strerror}") from error
