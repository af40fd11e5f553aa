"""From `[routing]` to routes: which other models the configuration names, and a client that asks them in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from journeyman.cli.known_models import KnownModels
from journeyman.cli.model_clients import ModelClients
from journeyman.cli.providers import with_address
from journeyman.config.errors import ConfigError
from journeyman.config.settings import Settings
from journeyman.core.settings import ThreadSettings
from journeyman.models.api import Cause, ModelClient
from journeyman.models.prices import Price
from journeyman.models.profiles import ModelProfile
from journeyman.models.providers import BUILT_IN, Provider, resolve_model


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A model that `[routing]` names."""

    provider: Provider
    model: str
    profiles: Mapping[str, ModelProfile]


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    fallback: tuple[Destination, ...] = ()
    by_cause: Mapping[Cause, Destination] = {}


def routing(
    configured: Settings,
    providers: Mapping[str, Provider],
    known: KnownModels,
    environment: Mapping[str, str],
) -> Routing:
    """What the configuration says; raises `ConfigError` where it names no provider, or one without an address."""

    def found(name: str, key: str) -> Destination:
        try:
            provider, model = resolve_model(name, configured.model_provider, providers)
        except LookupError as error:
            where, fix = f"routing.{key}", "name it as provider/model"
            raise ConfigError(f"{error.args[0]}", where=where, fix=fix) from error
        provider = with_address(provider, environment)
        return Destination(provider=provider, model=model, profiles=known.profiles(provider))

    table = configured.routing
    causes: tuple[tuple[Cause, str, str | None], ...] = (
        ("compaction", "summaries", table.summaries),
        ("review", "review", table.review),
        ("title", "titles", table.titles),
        ("small_step", "small_steps", table.small_steps),
    )
    return Routing(
        fallback=tuple(found(name, "fallback") for name in table.fallback),
        by_cause={cause: found(name, key) for cause, key, name in causes if name},
    )


class Chosen(Protocol):
    """What a thread was chosen to run with, as far as models go."""

    @property
    def provider(self) -> Provider:
        """The thread's own."""
        ...

    @property
    def routing(self) -> Routing:
        """The others."""
        ...

    @property
    def kept_key(self) -> Callable[[Provider], str | None]:
        """Reads the key that the user signed in with for a provider."""
        ...

    @property
    def asks_local_model(self) -> bool:
        """Whether the offline provider may ask the local model."""
        ...


def connect_routed(clients: ModelClients, settings: ThreadSettings, chosen: Chosen) -> ModelClient:
    """The client of a thread: its provider's own where nothing is routed."""
    provider, routing = chosen.provider, chosen.routing

    def connect(to: Provider) -> ModelClient:
        return clients.connect(to, chosen.kept_key, asks_local_model=chosen.asks_local_model)

    own = connect(provider)
    if not (routing.fallback or routing.by_cause):
        return own
    from journeyman.models.routing import Route, RoutingClient

    own_model = Destination(provider=provider, model=settings.model.model, profiles={})

    def route(to: Destination) -> Route:
        return Route(
            provider=to.provider.id,
            connect=lambda: connect(to.provider),
            model=to.model,
            profiles=to.profiles,
            is_alike=_are_alike(to, own_model),
        )

    return RoutingClient(
        Route(provider=provider.id, connect=lambda: own),
        by_cause={cause: route(to) for cause, to in routing.by_cause.items()},
        fallback=[route(to) for to in routing.fallback],
    )


def _are_alike(one: Destination, other: Destination) -> bool:
    """Whether what one wants back untouched looks like what the other does, and is not; see docs/adr/0010."""
    is_same_provider = one.provider.id == other.provider.id
    if is_same_provider and one.model == other.model:
        return False
    return is_same_provider or one.provider.wire_api == other.provider.wire_api == "responses"


def price_at(
    providers: Mapping[str, Provider], known: KnownModels
) -> Callable[[str, str], Price | None]:
    """Finds the price of a model by its provider's id and its name."""
    every = {**BUILT_IN, **providers}

    def find(provider: str, model: str) -> Price | None:
        return known.price(every[provider], model) if provider in every else None

    return find
