"""turn/*: starting, steering and interrupting turns of loaded threads."""

from __future__ import annotations

from journeyman.protocol import turns
from journeyman.server.dispatch import Call, Handler


async def start(call: Call, params: turns.TurnStartParams) -> None:
    """Start a turn, or add to the running one; answered before its first notification."""
    thread = call.manager.get(params.thread_id)
    subscription = call.subscription(params.thread_id)
    with subscription.held():
        call.reply(turns.TurnStartResponse(turn=await thread.start_turn(params)))


async def steer(call: Call, params: turns.TurnSteerParams) -> None:
    """Add input to the running turn."""
    thread = call.manager.get(params.thread_id)
    turn_id = await thread.steer(
        params.expected_turn_id, params.input, client_id=params.client_user_message_id
    )
    call.reply(turns.TurnSteerResponse(turn_id=turn_id))


async def interrupt(call: Call, params: turns.TurnInterruptParams) -> None:
    """Stop the running turn; turn/completed follows."""
    await call.manager.get(params.thread_id).interrupt(params.turn_id)
    call.reply(turns.TurnInterruptResponse())


HANDLERS: dict[str, Handler] = {
    "turn/interrupt": interrupt,
    "turn/start": start,
    "turn/steer": steer,
}
