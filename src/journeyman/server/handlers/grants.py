"""journeyman/grants/read: what the user's answers allow the commands of a thread beyond its sandbox policy."""

from __future__ import annotations

from journeyman.protocol.permission_requests import GrantsReadParams
from journeyman.server.dispatch import Call, Handler


async def read(call: Call, params: GrantsReadParams) -> None:
    """Tell what holds now."""
    thread = call.manager.get(params.thread_id)
    call.reply(thread.grants.state(thread.settings))


HANDLERS: dict[str, Handler] = {"journeyman/grants/read": read}
