"""What model servers tell of a model, from answers in the forms that they publish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from journeyman.models.told import (
    Told,
    kind_of,
    questions_for,
    read_list,
    read_lmstudio,
    read_ollama_running,
    read_ollama_show,
    read_props,
)

OPENROUTER = {
    "data": [
        {"id": "other/one", "context_length": 1},
        {
            "id": "vendor/own",
            "context_length": 262144,
            "architecture": {"input_modalities": ["text", "image"]},
            "top_provider": {"max_completion_tokens": 65536, "context_length": 262144},
            "supported_parameters": ["max_tokens", "tools", "parallel_tool_calls"],
        },
    ]
}
VLLM = {"data": [{"id": "own", "owned_by": "vllm", "max_model_len": 32768}]}
LLAMACPP = {"data": [{"id": "/models/own.gguf", "aliases": ["own"], "meta": {"n_ctx": 8192, "n_ctx_train": 131072}}]}  # fmt: skip
MISTRAL = {"data": [{"id": "own", "max_context_length": 131072, "capabilities": {"function_calling": True, "vision": False}}]}  # fmt: skip
PROPS = {
    "default_generation_settings": {"n_ctx": 4096},
    "modalities": {"vision": False},
    "chat_template_caps": {"supports_tool_calls": True, "supports_parallel_tool_calls": False},
}
SHOWN: dict[str, Any] = {
    "parameters": 'stop "<|im_end|>"\nnum_ctx                        16384',
    "model_info": {"general.architecture": "own", "own.context_length": 262144},
    "capabilities": ["completion", "tools", "vision"],
}
LMSTUDIO = {
    "data": [
        {
            "id": "own",
            "type": "vlm",
            "state": "loaded",
            "max_context_length": 131072,
            "loaded_context_length": 4096,
            "capabilities": ["tool_use"],
        }
    ]
}

STRANGE: list[Any] = [None, 7, "own", [], {"data": "own"}, {"data": [None, "own"]}, {"data": [{"id": "own", "context_length": "large", "max_model_len": True, "meta": [1], "capabilities": 3}]}, {"data": [{"id": "own", "context_length": 10**12}]}, {"models": [{"name": []}], "model_info": {"x.context_length": -5}, "parameters": 7}]  # fmt: skip


@pytest.mark.parametrize(
    ("read", "answer", "model", "told"),
    [
        (
            read_list,
            OPENROUTER,
            "vendor/own",
            Told(context_window=262144, max_output_tokens=65536, images=True, tools=True, parallel_tool_calls=True),
        ),
        (read_list, VLLM, "own", Told(context_window=32768)),
        (read_list, LLAMACPP, "own", Told(context_window=8192)),
        (read_list, MISTRAL, "own", Told(context_window=131072, images=False, tools=True)),
        (read_list, VLLM, "another", Told()),
        (read_props, PROPS, "own", Told(context_window=4096, images=False, tools=True, parallel_tool_calls=False)),
        (read_ollama_show, SHOWN, "own", Told(context_window=16384, is_upper_bound=False, images=True, tools=True)),
        (read_ollama_show, {**SHOWN, "parameters": ""}, "own", Told(context_window=262144, is_upper_bound=True, images=True, tools=True)),
        (read_ollama_running, {"models": [{"name": "own", "context_length": 4096}]}, "own", Told(context_window=4096, is_upper_bound=False)),
        (read_lmstudio, LMSTUDIO, "own", Told(context_window=4096, images=True, tools=True)),
    ],
)  # fmt: skip
def test_answer_is_read(
    read: Callable[[Any, str], Told], answer: Any, model: str, told: Told
) -> None:
    assert read(answer, model) == told


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize(
    "read", [read_list, read_props, read_ollama_show, read_ollama_running, read_lmstudio]
)
def test_answer_of_another_form_tells_nothing(
    read: Callable[[Any, str], Told], answer: Any
) -> None:
    assert read(answer, "own") == Told()


def test_earlier_answer_counts_and_a_later_one_fills_in() -> None:
    loaded, file = Told(context_window=4096), Told(context_window=262144, tools=True)
    assert loaded | file == Told(context_window=4096, tools=True)
    assert (bool(Told()), bool(Told(images=False))) == (False, True)


def test_service_whose_list_holds_names_alone_is_not_asked() -> None:
    assert questions_for("openai") == ()
    assert [one.path for one in questions_for("mine")] == ["/models"]
    assert [one.path for one in questions_for("ollama")] == ["/api/ps", "/api/show", "/models"]


def test_server_behind_another_name_is_known_by_its_list() -> None:
    answer = {"data": [{"id": "own", "owned_by": "library"}, {"id": "other", "owned_by": "me"}]}
    found = [kind_of(answer, "own"), kind_of(answer, "other"), kind_of(None, "own")]
    assert found == ["ollama", None, None]
