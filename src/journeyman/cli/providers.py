"""From configured provider tables to providers, and from a provider to a client that asks it, key included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from journeyman.config.settings import ProviderTable, Settings
from journeyman.models.providers import BUILT_IN, ON_DEMAND, Provider

# The key that published SDKs hand over, for providers that take keys of that vendor.
_SDK_KEY = "CODEX_API_KEY"
_PROVIDER_FIELDS = frozenset(Provider.__struct_fields__)


def configured_providers(settings: Settings) -> dict[str, Provider]:
    """The providers that configuration adds, or changes where a built-in one has the same id."""
    providers = {
        provider_id: _configured(provider_id, table)
        for provider_id, table in settings.model_providers.items()
    }
    if settings.openai_base_url:
        openai = providers.get("openai", BUILT_IN["openai"])
        providers["openai"] = msgspec.structs.replace(openai, base_url=settings.openai_base_url)
    return providers


def _configured(provider_id: str, table: ProviderTable) -> Provider:
    said = {
        name: value
        for name, value in msgspec.structs.asdict(table).items()
        if value is not None and name in _PROVIDER_FIELDS
    }
    base = BUILT_IN.get(provider_id)
    if base is None or (base.base_url == ON_DEMAND and "base_url" in said):
        base = Provider(id=provider_id, name=provider_id)
    return msgspec.structs.replace(base, **said)


def api_key(
    provider: Provider, environment: Mapping[str, str], kept: Callable[[], str | None]
) -> str | None:
    """The provider's key, where there is one: of this run's variables, else the one that `jm login` kept.

    `kept` is asked only for a provider that takes such keys and has no other.
    """
    if provider.experimental_bearer_token:
        return provider.experimental_bearer_token
    names = [_SDK_KEY] if provider.requires_openai_auth else []
    names += [provider.env_key] if provider.env_key else []
    for name in names:
        if key := environment.get(name, "").strip():
            return key
    return kept() if provider.requires_openai_auth else None


def secret_names(providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """The variables that keys are read from; no command may see them."""
    known = {**BUILT_IN, **providers}.values()
    names = [
        name for one in known for name in (one.env_key, *one.env_http_headers.values()) if name
    ]
    return (_SDK_KEY, *dict.fromkeys(names))
