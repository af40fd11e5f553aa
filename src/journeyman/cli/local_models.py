"""`--oss`: finds a model server on this machine, and a model that it has.

Asks the servers' own lists of models; starts nothing, downloads nothing.
"""

from __future__ import annotations

import asyncio

import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.options import SharedFlags
from journeyman.cli.providers import configured_providers
from journeyman.config.load import Sources, load_settings
from journeyman.models.providers import BUILT_IN, Provider
from journeyman.net.http import HttpClient, HttpError
from journeyman.visible_text import visible_line

# In the order in which they are looked for.
LOCAL_PROVIDERS = ("ollama", "lmstudio", "llamacpp", "vllm")
_SECONDS = 2.0
_MAX_LIST_BYTES = 1 << 20
# The open models that the reference program runs with this switch.
_PREFERRED = "gpt-oss"
_START = {
    "ollama": "ollama serve",
    "lmstudio": "lms server start",
    "llamacpp": "llama-server -m MODEL.gguf --jinja",
    "vllm": "vllm serve MODEL",
}


class _Listed(msgspec.Struct):
    id: str = ""


class _List(msgspec.Struct):
    data: list[_Listed] = []


def use_local_model(shared: SharedFlags, sources: Sources) -> SharedFlags:
    """What was said, with `--oss` made into a model that a local server has; only where that is wanted.

    Raises:
        CommandError: no server answers, or it has no model.
        ConfigError: the configuration cannot be read.
    """
    settings = load_settings(sources).settings
    known = {**BUILT_IN, **configured_providers(settings)}
    wanted = shared.local_provider or settings.oss_provider
    if wanted is not None and wanted not in known:
        raise CommandError(
            f"there is no provider {wanted!r}, in --local-provider or oss_provider: "
            f"take one of {', '.join(LOCAL_PROVIDERS)}, or configure it as [model_providers.{wanted}]"
        )
    candidates = [known[wanted]] if wanted else [known[name] for name in LOCAL_PROVIDERS]
    provider, models = asyncio.run(_first_that_answers(candidates))
    model = shared.model or _chosen(provider, models)
    return msgspec.structs.replace(
        shared, model=f"{provider.id}/{model.removeprefix(provider.id + '/')}"
    )


async def _models_of(http: HttpClient, provider: Provider) -> list[str] | None:
    """The models that a server lists; None where none answers with a list."""
    url = provider.base_url.rstrip("/") + "/models"
    try:
        async with (
            asyncio.timeout(_SECONDS),
            http.stream("GET", url, {}, idle_timeout_seconds=_SECONDS) as answer,
        ):
            body = await answer.read(_MAX_LIST_BYTES)
            if answer.status != 200:
                return None
        return [one.id for one in msgspec.json.decode(body, type=_List).data if one.id]
    except (HttpError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        return None


async def _first_that_answers(candidates: list[Provider]) -> tuple[Provider, list[str]]:
    http = HttpClient()
    try:
        lists = await asyncio.gather(*(_models_of(http, provider) for provider in candidates))
    finally:
        await http.close()
    answering = [
        (provider, models)
        for provider, models in zip(candidates, lists, strict=True)
        if models is not None
    ]
    if not answering:
        raise CommandError(_nobody(candidates))
    # One that has models before one that only runs.
    return next((found for found in answering if found[1]), answering[0])


def _nobody(candidates: list[Provider]) -> str:
    places = ", ".join(f"{one.name} at {one.base_url}" for one in candidates)
    ways = [f"`{_START[one.id]}`" for one in candidates if one.id in _START]
    start = f"start one, for instance with {ways[0]}" if ways else "start it"
    return f"no local model server answers ({places}): {start}"


def _chosen(provider: Provider, models: list[str]) -> str:
    if not models:
        how = "`ollama pull gpt-oss:20b`" if provider.id == "ollama" else "its own program"
        raise CommandError(f"{provider.name} runs but has no model: get one with {how}")
    return visible_line(next((name for name in models if _PREFERRED in name), models[0]))
