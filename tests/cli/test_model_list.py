"""The models that clients are offered."""

from __future__ import annotations

import pytest

from journeyman.cli.model_list import offered_models


@pytest.mark.parametrize("configured", [None, "gpt-5.5", "gpt-5.2", "mine/own-model"])
def test_one_model_is_the_default_and_is_shown(configured: str | None) -> None:
    offered = offered_models(configured, "openai", None)
    assert [model.id for model in offered if model.is_default] == [configured or "gpt-5.5"]
    assert not any(model.is_default and model.hidden for model in offered)
    assert all(model.supported_reasoning_efforts for model in offered)


def test_models_of_one_provider_are_offered_alone() -> None:
    own = offered_models("big", "mine", "mine")
    local = offered_models("big", "mine", "ollama")
    assert [model.id for model in own] == ["big"]
    assert [model.id for model in local] == ["ollama/qwen3-coder"]
