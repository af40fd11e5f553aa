"""What models there are to choose from."""

from __future__ import annotations

from journeyman.protocol.wire import Wire


class ModelListParams(Wire, frozen=True):
    """The models to offer; `cursor` continues an earlier page."""

    cursor: str | None = None
    limit: int | None = None
    include_hidden: bool | None = None
    model_provider: str | None = None


class ReasoningEffortOption(Wire, frozen=True):
    """One way to tell a model how much to reason."""

    reasoning_effort: str
    description: str


class Model(Wire, frozen=True):
    """A model to offer; `model` is what a thread is started with, hidden ones are listed on demand only."""

    id: str
    model: str
    display_name: str
    description: str
    hidden: bool
    is_default: bool
    default_reasoning_effort: str
    supported_reasoning_efforts: list[ReasoningEffortOption]
    input_modalities: list[str] = []


class ModelListResponse(Wire, frozen=True):
    """One page; `next_cursor` is null on the last."""

    data: list[Model]
    next_cursor: str | None = None
