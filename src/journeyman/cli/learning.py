"""Choices for threads, with a question to the server where the product does not know the model yet."""

from __future__ import annotations

import msgspec

from journeyman.cli.model_clients import ModelClients
from journeyman.cli.model_memory import Learnt
from journeyman.cli.thread_settings import Choice, Chooser
from journeyman.clock import Clock
from journeyman.models.told import Told
from journeyman.protocol import threads
from journeyman.store.replay import RecordedThread
from journeyman.visible_text import visible_line


class LearningChooser:
    """See `Chooser`, whose memory of models it fills."""

    def __init__(self, chooser: Chooser, clients: ModelClients, clock: Clock) -> None:
        """Nobody is asked yet."""
        self._chooser = chooser
        self._clients = clients
        self._clock = clock

    async def choose(
        self, params: threads.ThreadOverrides, recorded: RecordedThread | None
    ) -> Choice:
        """See `Chooser.choose`. A model that is not known is asked about once, briefly; a warning tells of it."""
        choice = self._chooser.choose(params, recorded)
        provider, model = choice.provider, choice.settings.model.model
        now, memory = self._clock.now(), self._chooser.memory
        before = memory.of(provider, model)
        if memory.is_fresh(provider, model, now) or (choice.profile.known and before is None):
            return choice
        told = await self._clients.ask_about(provider, model, choice.kept_key)
        if told is None:
            return choice
        memory.keep(provider, model, Learnt(at=int(now), by="server", told=told))
        if not told or (before is not None and told | before.told == before.told):
            return choice
        choice = self._chooser.choose(params, recorded)
        line = (
            f"{provider.name} says of {visible_line(model)}: {_in_words(told)}. This is kept; "
            f'[models."{provider.id}/{visible_line(model)}"] in config.toml overrides it.'
        )
        return msgspec.structs.replace(choice, warnings=(*choice.warnings, line))


def _in_words(told: Told) -> str:
    """What was told, for a person."""
    numbers = (("context window", told.context_window), ("output limit", told.max_output_tokens))
    flags = (
        ("images", told.images),
        ("tool calls", told.tools),
        ("parallel calls", told.parallel_tool_calls),
    )
    words = [f"{name} {value:,} tokens" for name, value in numbers if value is not None]
    words += ["unless it is loaded with a smaller one"] if told.is_upper_bound else []
    words += [f"{'' if value else 'no '}{name}" for name, value in flags if value is not None]
    return ", ".join(words) or "nothing"
