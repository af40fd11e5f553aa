"""What the configuration says of models and money, laid over what the product knows.

Models are described in `[models."<name>"]`, or in a file of the reference program's form, `model_catalog_json`; the
table counts before the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from journeyman.cli.model_memory import Learnt, ModelMemory, laid_over
from journeyman.config.errors import ConfigError
from journeyman.config.settings import LongPriceTable, ModelTable, PriceTable, Settings
from journeyman.core.budget import Budget, Budgets
from journeyman.models.catalog import CatalogModel
from journeyman.models.prices import LongPrice, Price, price_of
from journeyman.models.profiles import ModelProfile, profile_for
from journeyman.models.providers import Provider

_PROFILE_KEYS = frozenset(ModelTable.__struct_fields__) - {"price"}


class _Level(msgspec.Struct):
    effort: str


class _CatalogEntry(msgspec.Struct, kw_only=True):
    """One model of the file, as far as it means anything here; unknown members are ignored."""

    slug: str
    display_name: str | None = None
    description: str | None = None
    visibility: str = "list"
    context_window: int | None = None
    supported_reasoning_levels: list[_Level] | None = None
    default_reasoning_level: str | None = None
    input_modalities: list[str] | None = None
    apply_patch_tool_type: str | None = None
    supports_parallel_tool_calls: bool | None = None
    support_verbosity: bool | None = None

    def table(self) -> ModelTable:
        """The same in the words of `[models."<name>"]`."""
        kind, levels = self.apply_patch_tool_type, self.supported_reasoning_levels
        modalities = self.input_modalities
        return ModelTable(
            context_window=self.context_window,
            edit_format="freeform" if kind == "freeform" else "function" if kind else None,
            parallel_tool_calls=self.supports_parallel_tool_calls,
            reasoning_efforts=None if levels is None else tuple(one.effort for one in levels),
            default_effort=self.default_reasoning_level,
            verbosity=self.support_verbosity,
            images=None if modalities is None else "image" in modalities,
        )


class _CatalogFile(msgspec.Struct):
    models: list[_CatalogEntry]


class KnownModels:
    """What the user knows of models."""

    def __init__(self, configured: Settings, home: Path, memory: ModelMemory | None = None) -> None:
        """Read what the configuration names; relative paths start at `home`, whose memory of models counts last.

        Raises:
            ConfigError: the file cannot be used, or a number makes no sense.
        """
        entries = _read_catalog(configured.model_catalog_json, home)
        self._prices = {
            name: _price(name, table.price)
            for name, table in configured.models.items()
            if table.price is not None
        }
        self._memory = memory or ModelMemory(home)
        self._said = {name: _said(table) for name, table in configured.models.items()}
        self._profiles: dict[str, ModelProfile] = {}
        for name, table in [*((one.slug, one.table()) for one in entries), *configured.models.items()]:  # fmt: skip
            self._profiles[name] = _laid_over(self._profiles.get(name), name, table)
        self.offered: Sequence[CatalogModel] = [
            CatalogModel(
                name=one.slug,
                title=one.display_name or one.slug,
                description=one.description or "From model_catalog_json.",
                hidden=one.visibility != "list",
            )
            for one in entries
        ]

    def of(self, provider: Provider, model: str) -> tuple[ModelProfile, Mapping[str, ModelProfile]]:
        """A model of a provider, and what is described of the provider's others."""
        profiles = self.profiles(provider)
        profile = profiles.get(model) or profile_for(model)
        if learnt := self.learnt(provider, model):
            names = (f"{provider.id}/{model}", model)
            said = frozenset(key for name in names for key in self._said.get(name, ()))
            profile = laid_over(profile, learnt.told, said)
            profiles[model] = profile
        return profile, profiles

    def learnt(self, provider: Provider, model: str) -> Learnt | None:
        """What was learnt of a model that nothing else is known of."""
        if (self.profiles(provider).get(model) or profile_for(model)).known:
            return None
        return self._memory.of(provider, model)

    def profiles(self, provider: Provider) -> dict[str, ModelProfile]:
        """The described models of a provider, by their names there; what names the provider counts most."""
        prefix = f"{provider.id}/"
        own = {
            name.removeprefix(prefix): profile
            for name, profile in self._profiles.items()
            if name.startswith(prefix)
        }
        return {**self._profiles, **own}

    def profile(self, name: str) -> ModelProfile:
        """What is known of a model, by its name with or without its provider."""
        bare = name.partition("/")[2]
        return self._profiles.get(name) or self._profiles.get(bare) or profile_for(name)

    def price(self, provider: Provider, model: str) -> Price | None:
        """The user's word on its price, with its provider or on it alone, else the list price."""
        said = self._prices.get(f"{provider.id}/{model}") or self._prices.get(model)
        return said or price_of(provider, model)


def _price(name: str, table: PriceTable) -> Price:
    long, where = table.long, f'models."{name}".price'
    above = None if long is None else LongPrice(**_amounts(long, f"{where}.long"))
    return msgspec.structs.replace(Price(**_amounts(table, where)), long=above)


def _amounts(table: PriceTable | LongPriceTable, where: str) -> dict[str, Any]:
    amounts = [table.input, table.output, table.cached_input or 0, table.cache_write or 0]
    fix = "give input and output in dollars per million tokens"
    if isinstance(table, LongPriceTable):
        amounts.append(table.above_tokens)
        fix += ", and above_tokens"
    if any(amount is None or amount < 0 for amount in amounts):
        raise ConfigError("this is no price", where=where, fix=fix)
    return msgspec.structs.asdict(table)


def _laid_over(known: ModelProfile | None, name: str, table: ModelTable) -> ModelProfile:
    said = _said(table)
    for key in ("context_window", "working_window", "max_output_tokens"):
        if said.get(key, 1) < 1:
            where, fix = f'models."{name}".{key}', "set it to a number of tokens, or remove it"
            raise ConfigError(f"{said[key]} is no size", where=where, fix=fix)
    base = known or profile_for(name)
    if "context_window" in said:
        # Whoever says how large it is means to fill it.
        said.setdefault("working_window", None)
    # A window says enough: what is left to guess is safe.
    is_known = base.known or "context_window" in said
    return msgspec.structs.replace(base, family=base.family, known=is_known, **said)


def _said(table: ModelTable) -> dict[str, Any]:
    """What the table says of a profile."""
    return {
        key: value
        for key, value in msgspec.structs.asdict(table).items()
        if key in _PROFILE_KEYS and value is not None
    }


def _read_catalog(path: str | None, home: Path) -> list[_CatalogEntry]:
    if path is None:
        return []
    file = home / Path(path).expanduser()
    try:
        return msgspec.json.decode(file.read_bytes(), type=_CatalogFile).models
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        fix = (
            'name a JSON file such as {"models": [{"slug": "my-model", "context_window": 128000}]}'
        )
        raise ConfigError(
            f"cannot use {file}: {reason}", where="model_catalog_json", fix=fix
        ) from error


def budgets(configured: Settings) -> Budgets:
    """The budgets that the user set; raises `ConfigError` where one is negative."""
    made: dict[str, Budget] = {}
    for scope, table in msgspec.structs.asdict(configured.budget).items():
        limits = msgspec.structs.asdict(table)
        for key, limit in limits.items():
            if limit is not None and limit < 0:
                where, fix = f"budget.{scope}.{key}", "set it to what may be spent, or remove it"
                raise ConfigError(f"{limit} is no budget", where=where, fix=fix)
        made[scope] = Budget(**limits)
    return Budgets(**made)
