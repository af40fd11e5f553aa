"""Which model answers a thread, at which provider, and how it is asked.

What is said now counts before what the thread ran with, and that before config files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from journeyman.config.errors import ConfigError
from journeyman.config.load import Loaded
from journeyman.config.settings import Settings
from journeyman.models.api import ModelSettings, service_tier
from journeyman.models.gemini_versions import generation
from journeyman.models.profiles import ModelProfile, profile_for
from journeyman.models.providers import BUILT_IN, Provider, resolve_model
from journeyman.protocol import threads
from journeyman.store.lines import TurnContext
from journeyman.store.replay import RecordedThread

# Where no model was named; every other provider has to be told one.
_DEFAULT_MODELS = {"openai": "gpt-5.5", "offline": "repair", "local": "smollm2"}
_WEB_SEARCH: dict[str, Literal["cached", "live"]] = {
    "cached": "cached",
    "indexed": "cached",
    "live": "live",
}


def choose_model(
    params: threads.ThreadOverrides,
    loaded: Loaded,
    recorded: RecordedThread | None,
    providers: dict[str, Provider],
) -> tuple[Provider, str]:
    """The provider, and the model's name there.

    Raises:
        ConfigError: no model is named for the provider.
        LookupError: there is no such provider.
    """
    configured = loaded.settings
    context = (recorded and recorded.turn_context) or TurnContext()
    says_model = loaded.provenance.get(("model",)) == "-c"
    says_provider = loaded.provenance.get(("model_provider",)) == "-c"
    known = {**BUILT_IN, **providers}
    recorded_provider = recorded.meta.model_provider if recorded else None
    if says_provider or recorded_provider not in known:
        recorded_provider = None
    provider_id = params.model_provider or recorded_provider or configured.model_provider
    said = params.model or (configured.model if says_model else None)
    if said is None and context.model and params.model_provider is None and recorded_provider:
        # Its name may hold a slash that parts no provider from it.
        return known[recorded_provider], context.model
    name = said or configured.model or _DEFAULT_MODELS.get(provider_id)
    if name is None and provider_id in known:
        raise ConfigError(
            f"no model is named for the provider {provider_id}",
            where="the configuration",
            fix=f"run with -m {provider_id}/MODEL, or set model in config.toml",
        )
    return resolve_model(name or "", provider_id, providers)


def model_settings(
    configured: Settings,
    model: str,
    profiles: Mapping[str, ModelProfile],
    *,
    recorded_effort: str | None,
    tier: str | None,
) -> ModelSettings:
    """How to ask it; `profiles` are what the user described of its provider's models, `tier` what a client said."""
    profile = profiles.get(model) or profile_for(model)
    summary = configured.model_reasoning_summary
    return ModelSettings(
        model=model,
        reasoning_effort=configured.model_reasoning_effort
        or recorded_effort
        or profile.default_effort,
        reasoning_summary=None if summary == "none" else summary,
        verbosity=configured.model_verbosity,
        service_tier=service_tier(tier or configured.service_tier),
        profiles=profiles,
        parallel_tool_calls=profile.parallel_tool_calls,
        web_search=_WEB_SEARCH.get(configured.web_search or ""),
    )


def can_search(provider: Provider, model: str, mode: Literal["cached", "live"]) -> bool:
    """Whether the request can ask the provider to search; Gemini can beside functions since its third generation."""
    if provider.wire_api == "responses":
        return True
    third = provider.wire_api == "gemini" and generation(model) >= 3
    return mode == "live" and (third or provider.wire_api == "messages")
