"""A server of real parts in a home of its own, for tests of its methods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from journeyman.cli.compose import Composer
from journeyman.cli.process import Process
from journeyman.cli.services import build_services
from journeyman.cli.thread_settings import Chooser
from journeyman.clock import SystemClock
from journeyman.config.load import Sources
from journeyman.server.services import Services


@asynccontextmanager
async def server_in(
    folder: Path, *, overrides: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> AsyncGenerator[Services]:
    """The services of a server whose home is `folder`/home and whose directory is `folder`/work."""
    work = folder / "work"
    await asyncio.to_thread(work.mkdir, exist_ok=True)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **(env or {})}
    process = Process(environment=environment, directory=work, home=folder / "home")
    sources = Sources(home=process.home, overrides=overrides)
    composer = Composer(process, Chooser(process, sources, ()), SystemClock(), source="test")
    services = build_services(process, sources, composer)
    try:
        yield services
    finally:
        await services.manager.close()
        await composer.close()
