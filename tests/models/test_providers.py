from __future__ import annotations

import pytest

from journeyman.cli.providers import configured_providers
from journeyman.config.settings import ProviderTable, Settings
from journeyman.models.profiles import profile_for
from journeyman.models.providers import BUILT_IN, Provider, resolve_model

MINE = Provider(id="mine", name="Mine", base_url="http://localhost:1/v1")
OTHER_OLLAMA = Provider(id="ollama", name="Other", base_url="http://box:11434/v1")


@pytest.mark.parametrize(
    ("name", "provider_id", "found"),
    [
        ("gpt-5.5", None, ("openai", "gpt-5.5")),
        ("offline/repair", None, ("offline", "repair")),
        ("ollama/qwen3:8b", "openai", ("ollama", "qwen3:8b")),
        ("openrouter/qwen/qwen3-coder", None, ("openrouter", "qwen/qwen3-coder")),
        ("qwen/qwen3-coder", "mine", ("mine", "qwen/qwen3-coder")),
        ("mine/a/b", None, ("mine", "a/b")),
        ("openai/", None, ("openai", "openai/")),
        ("/x", None, ("openai", "/x")),
    ],
)
def test_resolve_model_takes_the_first_part_when_it_names_a_provider(
    name: str, provider_id: str | None, found: tuple[str, str]
) -> None:
    provider, model = resolve_model(name, provider_id, {"mine": MINE})
    assert (provider.id, model) == found


def test_resolve_model_prefers_the_configured_provider_when_ids_are_equal() -> None:
    assert resolve_model("ollama/x", None, {"ollama": OTHER_OLLAMA}) == (OTHER_OLLAMA, "x")


def test_resolve_model_names_the_choices_when_the_provider_is_unknown() -> None:
    with pytest.raises(LookupError, match=r"no model provider 'nope'; there are .*ollama"):
        resolve_model("gpt-5.5", "nope", {})


def test_built_in_providers_are_kept_under_their_ids() -> None:
    assert {key: provider.id for key, provider in BUILT_IN.items()} == {
        key: key for key in BUILT_IN
    }


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-5", "gpt-5"),
        ("gpt-5-codex", "gpt-5-codex"),
        ("gpt-5.3-codex-spark", "gpt-5.3-codex-spark"),
        ("gpt-5.2-codex", "gpt-5.2"),
        ("o3-mini-high", "o3-mini"),
        ("anthropic/claude-sonnet-4.5", "claude"),
        ("qwen3-coder:30b", "qwen3-coder"),
        ("qwen2.5-coder", "qwen"),
        ("DeepSeek-V3", "deepseek"),
        ("us.anthropic.claude-sonnet-5-20260101-v1:0", "claude-sonnet-5"),
        ("openai.gpt-oss-120b-1:0", "gpt-oss"),
        ("deepseek.v3.2", "deepseek"),
        ("repair", "repair"),
        ("gpt-50", "unknown"),
        ("my-model", "unknown"),
        ("", "unknown"),
    ],
)
def test_profile_for_finds_the_longest_family_when_names_overlap(model: str, family: str) -> None:
    profile = profile_for(model)
    assert (profile.family, profile.known) == (family, family != "unknown")


def test_instructions_stay_within_their_budget() -> None:
    # 4 bytes a token is how the product estimates; the budget is 900 tokens.
    assert 1_000 < len(profile_for("gpt-5.5").instructions.encode()) <= 3_600


def test_configured_provider_of_the_local_models_name_is_an_ordinary_one() -> None:
    table = ProviderTable(base_url="http://localhost:9000/v1")
    mine = configured_providers(Settings(model_providers={"local": table}))["local"]
    assert mine == Provider(id="local", name="local", base_url="http://localhost:9000/v1")
