"""Which model answers which request: another one for some causes, and others in a row where one fails.

A failed model's items are void, as after any other try; what no other model could do better, such as a prompt that
is too long, is not passed on. What only one model can read goes to no other. The last event says who served.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing

import msgspec

from journeyman.models.api import (
    Cause,
    ErrorKind,
    Finished,
    ModelClient,
    ModelError,
    ModelSettings,
    Prompt,
    Retrying,
    StreamEvent,
)
from journeyman.models.foreign import readable, readable_event
from journeyman.models.profiles import ModelProfile, profile_for

# The request itself is at fault, or the history has to become shorter first.
_NOT_PASSED_ON: frozenset[ErrorKind] = frozenset(("bad_request", "context_window_exceeded"))


# What can as well be left out is not asked of one model after the other.
_WORTH_ONE: frozenset[Cause] = frozenset(("title",))


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A model at a provider; `model` None is the one that the thread names; `profiles` describe its models.

    `is_alike` says that nothing tells its opaque data from that of another model which the thread asks.
    """

    provider: str
    connect: Callable[[], ModelClient]
    model: str | None = None
    profiles: Mapping[str, ModelProfile] = {}
    is_alike: bool = False

    def asked(self, prompt: Prompt) -> Prompt:
        """The prompt as this model understands it."""
        history = readable(prompt.history) if self.is_alike else prompt.history
        return msgspec.structs.replace(
            prompt, settings=self.adapted(prompt.settings), history=history
        )

    def kept(self, event: StreamEvent) -> StreamEvent | None:
        """What stays of an event of its answer."""
        return readable_event(event) if self.is_alike else event

    def adapted(self, settings: ModelSettings) -> ModelSettings:
        """The settings as this model understands them."""
        if self.model is None:
            return settings
        profile = self.profiles.get(self.model) or profile_for(self.model)
        effort = settings.reasoning_effort
        return ModelSettings(
            model=self.model,
            reasoning_effort=effort
            if effort in profile.reasoning_efforts
            else profile.default_effort,
            reasoning_summary=settings.reasoning_summary,
            verbosity=settings.verbosity,
            output_schema=settings.output_schema,
            profiles=self.profiles,
            parallel_tool_calls=profile.parallel_tool_calls,
        )


class RoutingClient:
    """See `ModelClient`."""

    def __init__(
        self, own: Route, *, by_cause: Mapping[Cause, Route], fallback: Sequence[Route]
    ) -> None:
        """Ask `own` for what `by_cause` does not name, and those of `fallback` in turn where that fails.

        Nobody is connected to before it is asked.
        """
        self._own = own
        self._by_cause = dict(by_cause)
        self._fallback = fallback
        self._clients: dict[tuple[str, str | None], ModelClient] = {}

    async def stream(self, prompt: Prompt) -> AsyncGenerator[StreamEvent]:
        """See `ModelClient.stream`; the error is that of the last one asked."""
        routes = self._routes(prompt.cause)
        for number, route in enumerate(routes, 1):
            asked = route.asked(prompt)
            model = asked.settings.model
            try:
                async with aclosing(self._client(route).stream(asked)) as events:
                    async for event in events:
                        if (kept := route.kept(event)) is not None:
                            yield _signed(kept, route.provider, model)
            except ModelError as error:
                is_small = self._give_up_small(route)
                if number == len(routes) or (error.kind in _NOT_PASSED_ON and not is_small):
                    raise
                following = routes[number]
                name = f"{following.provider}/{following.adapted(prompt.settings).model}"
                why = f"{route.provider}/{model}: {error.message}. Now asking {name}"
                yield Retrying(number, len(routes) - 1, 0.0, why)
            else:
                return

    def _routes(self, cause: Cause) -> list[Route]:
        """Whom to ask, one after the other."""
        first = self._by_cause.get(cause, self._own)
        if cause in _WORTH_ONE:
            return [first]
        if cause == "small_step" and first is not self._own:
            return [first, self._own, *self._fallback]
        return [first, *self._fallback]

    def _give_up_small(self, route: Route) -> bool:
        """Whether a fast model failed; what is to save time is not tried at every step again."""
        is_small = self._by_cause.get("small_step") is route
        if is_small:
            del self._by_cause["small_step"]
        return is_small

    async def close(self) -> None:
        """See `ModelClient.close`."""
        while self._clients:
            await self._clients.popitem()[1].close()

    def _client(self, route: Route) -> ModelClient:
        key = (route.provider, route.model)
        if key not in self._clients:
            self._clients[key] = route.connect()
        return self._clients[key]


def _signed(event: StreamEvent, provider: str, model: str) -> StreamEvent:
    if not isinstance(event, Finished):
        return event
    return msgspec.structs.replace(event, provider=provider, model=event.model or model)
