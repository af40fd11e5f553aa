"""A server in this process and a client of it, joined in memory: how the faces of one program run an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from journeyman.cli.compose import Composer
from journeyman.client.client import Client, OnRequest
from journeyman.client.memory import memory_pair
from journeyman.core.manager import ThreadManager
from journeyman.protocol.connection import ClientInfo
from journeyman.server.connection import Connection
from journeyman.server.services import Services


@asynccontextmanager
async def local_client(
    composer: Composer, info: ClientInfo, on_request: OnRequest | None = None
) -> AsyncGenerator[Client]:
    """A started client of a server in this process; at the end every thread is closed."""
    client_end, server_end = memory_pair()
    manager = ThreadManager(composer, composer.store)
    services = Services(introduce=composer.introduce, manager=manager)
    serving = asyncio.create_task(Connection(server_end, services).serve())
    client = Client(client_end, on_request)
    try:
        await client.start(info)
        yield client
    finally:
        await client.close()
        await serving
        await manager.close()
        await composer.close()
