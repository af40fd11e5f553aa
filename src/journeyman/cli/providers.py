"""From configured provider tables to providers, and from a provider to a client that asks it, key included."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.config.errors import ConfigError
from journeyman.config.settings import ProviderTable, Settings
from journeyman.models.providers import BUILT_IN, ON_DEMAND, AwsLogin, KeyCommand, Provider

if TYPE_CHECKING:
    from journeyman.auth.aws import AwsSigner

# The key that published SDKs hand over, for providers that take keys of that vendor.
_SDK_KEY = "CODEX_API_KEY"
_VARIABLE = re.compile(r"\{([A-Z_]+)\}")
_HOST_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
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
    if table.aws is not None:
        said["aws"] = AwsLogin(**msgspec.structs.asdict(table.aws))
    if table.auth is not None:
        said["auth"] = KeyCommand(**msgspec.structs.asdict(table.auth))
    return msgspec.structs.replace(base, **said)


def with_address(provider: Provider, environment: Mapping[str, str]) -> Provider:
    """The provider with its address filled in from the user's environment.

    Raises:
        ConfigError: it has none, or needs a variable that is not set or is no part of a host's name.
    """
    where = f"model_providers.{provider.id}"
    if not provider.base_url and provider.wire_api != "offline":
        fix = "set it to the address of the API, such as http://localhost:8000/v1"
        raise ConfigError("the provider has no base_url", where=where, fix=fix)
    address = provider.base_url
    for name in _VARIABLE.findall(address):
        value = environment.get(name, "").strip()
        if name == "AWS_REGION" and provider.aws is not None:
            with contextlib.suppress(AuthError):
                value = aws_signer(provider, provider.aws, environment).region() or ""
        if not _HOST_PART.fullmatch(value):
            what = f"{name} is no name of a host's part" if value else f"{name} is not set"
            fix = f"export {name}, or set base_url to the whole address"
            raise ConfigError(
                f"{what}, which the address of {provider.name} needs", where=where, fix=fix
            )
        address = address.replace(f"{{{name}}}", value)
    return msgspec.structs.replace(provider, base_url=address)


def aws_signer(provider: Provider, login: AwsLogin, environment: Mapping[str, str]) -> AwsSigner:
    """Signs requests to the provider, for the region that is said of it or in the environment."""
    from journeyman.auth.aws import AwsSigner

    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    said = next((value for name in names if (value := environment.get(name, "").strip())), None)
    where = f"model_providers.{provider.id}.aws"
    return AwsSigner(where, profile=login.profile, region=login.region or said)


def takes_key(provider: Provider) -> bool:
    """Whether `jm login` can keep a key for it: not for built-in ones that want none, nor where a command prints it."""
    wants = provider.requires_openai_auth or provider.env_key or provider.id not in BUILT_IN
    return bool(wants) and provider.auth is None


def api_key(
    provider: Provider, environment: Mapping[str, str], kept: Callable[[Provider], str | None]
) -> str | None:
    """The provider's key, where there is one: of this run's variables, else the one that `jm login` kept.

    `kept` is asked only for a provider that has no other.
    """
    if provider.experimental_bearer_token:
        return provider.experimental_bearer_token
    names = [_SDK_KEY] if provider.requires_openai_auth else []
    names += [provider.env_key] if provider.env_key else []
    for name in names:
        if key := environment.get(name, "").strip():
            return key
    return kept(provider)


def secret_names(providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """The variables that keys are read from; no command may see them."""
    known = {**BUILT_IN, **providers}.values()
    names = [
        name for one in known for name in (one.env_key, *one.env_http_headers.values()) if name
    ]
    return (_SDK_KEY, *dict.fromkeys(names))
