"""journeyman/grants/*: what the user's answers allow the commands of a thread beyond its sandbox policy."""

from __future__ import annotations

from journeyman.protocol.permission_requests import GrantsReadParams, GrantsRevokeParams
from journeyman.server.dispatch import Call, Handler


async def read(call: Call, params: GrantsReadParams) -> None:
    """Tell what holds now."""
    thread = call.manager.get(params.thread_id)
    call.reply(thread.grants.state(thread.settings))


async def revoke(call: Call, params: GrantsRevokeParams) -> None:
    """Take everything back."""
    thread = call.manager.get(params.thread_id)
    await thread.grants.revoke()
    call.reply(thread.grants.state(thread.settings))


HANDLERS: dict[str, Handler] = {
    "journeyman/grants/read": read,
    "journeyman/grants/revoke": revoke,
}
