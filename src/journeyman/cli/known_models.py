"""What the configuration says of models and money, laid over what the product knows."""

from __future__ import annotations

import msgspec

from journeyman.config.errors import ConfigError
from journeyman.config.settings import Settings
from journeyman.core.budget import Budget, Budgets
from journeyman.models.prices import Price, price_of
from journeyman.models.providers import Provider


def known_price(configured: Settings, provider: Provider, model: str) -> Price | None:
    """The price of a model: the user's word on it with its provider, on it alone, else the list price."""
    for name in (f"{provider.id}/{model}", model):
        table = configured.models.get(name)
        if table is not None and table.price is not None:
            return Price(**msgspec.structs.asdict(table.price))
    return price_of(provider, model)


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
