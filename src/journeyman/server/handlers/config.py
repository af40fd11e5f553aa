"""config/*: reading the configuration with its layers, and changing the user's file."""

from __future__ import annotations

from journeyman.protocol import config
from journeyman.protocol.connection import Empty
from journeyman.server.dispatch import Call, Handler
from journeyman.server.services import required


async def read(call: Call, params: config.ConfigReadParams) -> None:
    """Answer with the values in effect."""
    call.reply(required(call.services.config, "config").read(params))


async def write_value(call: Call, params: config.ConfigValueWriteParams) -> None:
    """Change one value."""
    edit = config.ConfigEdit(
        key_path=params.key_path, value=params.value, merge_strategy=params.merge_strategy
    )
    batch = config.ConfigBatchWriteParams(
        edits=[edit], file_path=params.file_path, expected_version=params.expected_version
    )
    await write_batch(call, batch)


async def write_batch(call: Call, params: config.ConfigBatchWriteParams) -> None:
    """Change several values, all or none."""
    call.reply(required(call.services.config, "config").write(params))


async def read_requirements(call: Call, params: Empty) -> None:
    """There are none."""
    del params
    call.reply(config.RequirementsReadResponse())


async def reload_mcp_servers(call: Call, params: Empty) -> None:
    """Servers are read when a thread starts, so that there is nothing to reload."""
    del params
    call.reply(config.McpReloadResponse())


HANDLERS: dict[str, Handler] = {
    "config/batchWrite": write_batch,
    "config/mcpServer/reload": reload_mcp_servers,
    "config/read": read,
    "config/value/write": write_value,
    "configRequirements/read": read_requirements,
}
