"""The models that clients are offered: the catalog's, and the one that the configuration names."""

from __future__ import annotations

from journeyman.cli.known_models import KnownModels
from journeyman.models.catalog import CATALOG, DEFAULT_MODEL, CatalogModel
from journeyman.models.profiles import ModelProfile, profile_for
from journeyman.protocol.models import Model, ReasoningEffortOption

_EFFORTS = {
    "none": "Answers at once",
    "minimal": "Hardly any reasoning; fastest",
    "low": "Little reasoning, for plain tasks",
    "medium": "A balance of speed and depth",
    "high": "More reasoning, for hard problems",
    "xhigh": "As much reasoning as the model can do",
}


def offered_models(
    configured: str | None, provider: str, wanted: str | None, *, known: KnownModels | None = None
) -> list[Model]:
    """The models to offer, exactly one of them the default.

    Args:
        configured: the configuration's model, if it names one.
        provider: the configuration's provider.
        wanted: only this provider's models; None for all.
        known: what the user knows of models.
    """
    default = configured or DEFAULT_MODEL
    named = known.offered if known else ()
    taken = {entry.name for entry in named}
    catalog = [*named, *(entry for entry in CATALOG if entry.name not in taken)]
    if default not in {entry.name for entry in catalog}:
        own = CatalogModel(name=default, title=default, description="Named in the configuration.")
        catalog.insert(0, own)
    return [
        _model(entry, _profile(entry, known), is_default=entry.name == default)
        for entry in catalog
        if wanted in (None, provider if entry.name == default else _provider_of(entry.name))
    ]


def _provider_of(name: str) -> str:
    provider, slash, _ = name.partition("/")
    return provider if slash else "openai"


def _profile(entry: CatalogModel, known: KnownModels | None) -> ModelProfile:
    return known.profile(entry.name) if known else profile_for(entry.name)


def _model(entry: CatalogModel, profile: ModelProfile, *, is_default: bool) -> Model:
    efforts = profile.reasoning_efforts or ("none",)
    return Model(
        id=entry.name,
        model=entry.name,
        display_name=entry.title,
        description=entry.description,
        hidden=entry.hidden and not is_default,
        is_default=is_default,
        default_reasoning_effort=profile.default_effort or efforts[0],
        supported_reasoning_efforts=[
            ReasoningEffortOption(reasoning_effort=effort, description=_EFFORTS.get(effort, effort))
            for effort in efforts
        ],
        input_modalities=_modalities(profile),
    )


def _modalities(profile: ModelProfile) -> list[str]:
    return ["text", "image"] if profile.images else ["text"]
