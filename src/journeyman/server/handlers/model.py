"""model/*: the models to choose from."""

from __future__ import annotations

from journeyman.protocol.models import ModelListParams, ModelListResponse
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of


async def list_models(call: Call, params: ModelListParams) -> None:
    """List what the catalog and the configuration offer."""
    offered = [
        model
        for model in call.services.models(params.model_provider)
        if params.include_hidden or not model.hidden
    ]
    page = page_of(offered, cursor=params.cursor, limit=params.limit)
    call.reply(ModelListResponse(data=page.data, next_cursor=page.next_cursor))


HANDLERS: dict[str, Handler] = {"model/list": list_models}
