"""What model servers tell of a model, each in its own form, as one small set of facts. Pure; asks nobody.

Sources (2026-11): llama.cpp's tools/server/README (`/v1/models` meta, `/props`), vLLM's model card
(`max_model_len`), Ollama's API reference (`/api/show`, `/api/ps`), LM Studio's REST API v0 (`/api/v0/models`),
OpenRouter's models API, which Groq's `context_window` and Mistral's `max_context_length` resemble.
What a server says is somebody else's text: numbers out of bounds and unknown shapes are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

import msgspec

from journeyman.protocol.foreign_json import record

# What no context window is below or above.
_LEAST_TOKENS, _MOST_TOKENS = 256, 100_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of one model; None for what is not.

    `is_upper_bound` says that the model may be loaded with a smaller window than the one that is told.
    """

    context_window: int | None = None
    is_upper_bound: bool | None = None
    max_output_tokens: int | None = None
    images: bool | None = None
    tools: bool | None = None
    parallel_tool_calls: bool | None = None

    def __or__(self, other: Told) -> Told:
        """These facts, and where they say nothing the other's."""
        own = {name: v for name, v in msgspec.structs.asdict(self).items() if v is not None}
        return msgspec.structs.replace(other, **own)

    def __bool__(self) -> bool:
        """Whether anything is told."""
        return any(value is not None for value in msgspec.structs.asdict(self).values())


class Question(NamedTuple):
    """One small request: where, at the host or below the API's address, how to read its answer, and whether it posts the name."""

    path: str
    at_root: bool
    read: Callable[[Any, str], Told]
    names_model: bool = False


def read_list(answer: Any, model: str) -> Told:
    """The model's entry in a list in the form of OpenAI's, with what servers add to it."""
    entry = _entry(answer, model)
    meta, architecture = record(entry.get("meta")), record(entry.get("architecture"))
    best, abilities = record(entry.get("top_provider")), record(entry.get("capabilities"))
    inputs, parameters = architecture.get("input_modalities"), entry.get("supported_parameters")
    windows = ("max_model_len", "context_length", "context_window", "max_context_length")
    return Told(
        context_window=_tokens(meta.get("n_ctx"), *(entry.get(name) for name in windows)),
        max_output_tokens=_tokens(
            best.get("max_completion_tokens"), entry.get("max_completion_tokens")
        ),
        images=_said(inputs, "image") if _is_list(inputs) else _flag(abilities.get("vision")),
        tools=_said(parameters, "tools")
        if _is_list(parameters)
        else _flag(abilities.get("function_calling")),
        parallel_tool_calls=_said(parameters, "parallel_tool_calls") or None
        if _is_list(parameters)
        else None,
    )


def read_props(answer: Any, _model: str) -> Told:
    """llama.cpp's `/props`: the window that one request has, and whether it sees."""
    props = record(answer)
    abilities = record(props.get("chat_template_caps"))
    return Told(
        context_window=_tokens(record(props.get("default_generation_settings")).get("n_ctx")),
        images=_flag(record(props.get("modalities")).get("vision")),
        tools=_flag(abilities.get("supports_tool_calls")),
        parallel_tool_calls=_flag(abilities.get("supports_parallel_tool_calls")),
    )


def read_ollama_show(answer: Any, _model: str) -> Told:
    """Ollama's `/api/show`: what its file sets for the window, else what it was trained for."""
    shown = record(answer)
    facts = record(shown.get("model_info"))
    trained = [value for name, value in facts.items() if name.endswith(".context_length")]
    words = str(shown.get("parameters", "")).split()
    set_to = [int(n) for name, n in pairwise(words) if name == "num_ctx" and n.isdecimal()]  # fmt: skip
    abilities = shown.get("capabilities")
    listed = _is_list(abilities)
    window = _tokens(*set_to, *trained)
    return Told(
        context_window=window,
        is_upper_bound=None if window is None else not set_to,
        images=_said(abilities, "vision") if listed else None,
        tools=_said(abilities, "tools") if listed else None,
    )


def read_ollama_running(answer: Any, model: str) -> Told:
    """Ollama's `/api/ps`: the window of a model that is loaded, which may be smaller than its own."""
    running = [record(one) for one in _list(record(answer).get("models"))]
    named = (one for one in running if model in (one.get("name"), one.get("model")))
    found = next(named, record(None))
    window = _tokens(found.get("context_length"))
    return Told(context_window=window, is_upper_bound=None if window is None else False)


def read_lmstudio(answer: Any, model: str) -> Told:
    """LM Studio's `/api/v0/models`: the window that is loaded, else the largest."""
    entry = _entry(answer, model)
    abilities = entry.get("capabilities")
    return Told(
        context_window=_tokens(entry.get("loaded_context_length"), entry.get("max_context_length")),
        images={"vlm": True, "llm": False}.get(str(entry.get("type"))),
        tools=_said(abilities, "tool_use") if _is_list(abilities) else None,
    )


LIST = Question("/models", at_root=False, read=read_list)
# Of two answers the earlier counts.
_QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "ollama": (
            Question("/api/ps", at_root=True, read=read_ollama_running),
            Question("/api/show", at_root=True, read=read_ollama_show, names_model=True),
            LIST,
        ),
        "lmstudio": (Question("/api/v0/models", at_root=True, read=read_lmstudio), LIST),
        "llamacpp": (Question("/props", at_root=True, read=read_props), LIST),
        # Their lists hold names alone.
        "openai": (),
        "azure": (),
        **dict.fromkeys(
            ("bedrock", "bedrock-claude", "amazon-bedrock", "amazon-bedrock-runtime"), ()
        ),
    }
)
_OWNERS = {"library": "ollama", "organization_owner": "lmstudio", "llamacpp": "llamacpp"}


def questions_for(kind: str) -> tuple[Question, ...]:
    """What to ask a provider of this name; one that is not known is asked for its list alone."""
    return _QUESTIONS.get(kind, (LIST,))


def kind_of(answer: Any, model: str) -> str | None:
    """Which of the servers that can be asked for more made this list."""
    return _OWNERS.get(str(_entry(answer, model).get("owned_by")))


def _entry(answer: Any, model: str) -> Mapping[str, Any]:
    entries = [record(one) for one in _list(record(answer).get("data"))]
    named = (one for one in entries if one.get("id") == model or _said(one.get("aliases"), model))
    # llama.cpp serves its one model under whatever name it is asked for.
    is_alone = len(entries) == 1 and entries[0].get("owned_by") == "llamacpp"
    return next(named, entries[0] if is_alone else record(None))


def _list(value: Any) -> Sequence[Any]:
    return value if _is_list(value) else ()


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _said(values: Any, word: str) -> bool:
    return word in _list(values)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _tokens(*values: Any) -> int | None:
    """The first that is a number of tokens."""
    fitting = (n for n in values if type(n) is int and _LEAST_TOKENS <= n <= _MOST_TOKENS)
    return next(fitting, None)
