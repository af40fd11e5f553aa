"""review/*: reviews of changes, in turns of loaded threads."""

from __future__ import annotations

from journeyman.protocol import code_review
from journeyman.server.dispatch import Call, Handler


async def start(call: Call, params: code_review.ReviewStartParams) -> None:
    """Start a review; answered before its first notification."""
    thread = call.manager.get(params.thread_id)
    with call.subscription(params.thread_id).held():
        turn = await thread.review(params.target)
        call.reply(code_review.ReviewStartResponse(turn=turn, review_thread_id=params.thread_id))


HANDLERS: dict[str, Handler] = {"review/start": start}
