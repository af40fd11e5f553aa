"""What is known about models, as data: windows, abilities, and the instructions they are given.

Owns the table and its safe defaults; nothing here asks anybody. A family is found by the longest prefix of
the model's name, after its vendor's part (`anthropic/claude-...`). gpt-5.2's window is in the product's own
fact sheet, `repair` and the unknown model are the product's choice; the other figures, the efforts and
abilities are from memory (2026-11), checked against no page: unverified.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

_INSTRUCTIONS = Path(__file__).with_name("instructions")
_EFFORTS = ("minimal", "low", "medium", "high")
_LATER_EFFORTS = ("none", "low", "medium", "high", "xhigh")


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One family of models.

    `freeform_patch` says that it takes apply_patch as a free-text tool; `reasoning_efforts` is empty for
    models that cannot be told how much to reason; `adaptive_thinking` says that a Messages service takes a
    level of effort instead of a budget of tokens; `known` is False for the safe defaults.
    """

    family: str
    context_window: int
    max_output_tokens: int
    freeform_patch: bool = False
    parallel_tool_calls: bool = True
    reasoning_efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    verbosity: bool = False
    adaptive_thinking: bool = False
    images: bool = False
    known: bool = True

    @property
    def instructions(self) -> str:
        """The system prompt."""
        return _read_instructions("default.md")


def _gpt5(family: str, context_window: int, *efforts: str) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=128_000,
        freeform_patch=True,
        reasoning_efforts=efforts or _LATER_EFFORTS,
        default_effort="medium",
        verbosity=True,
        images=True,
    )


def _reasoner(family: str, context_window: int, *, images: bool = True) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=100_000,
        reasoning_efforts=("low", "medium", "high"),
        default_effort="medium",
        images=images,
    )


def _plain(
    family: str, context_window: int, max_output_tokens: int, *, images: bool = False
) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        images=images,
    )


def _claude(family: str) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=200_000,
        max_output_tokens=64_000,
        reasoning_efforts=("low", "medium", "high", "xhigh"),
        adaptive_thinking=True,
        images=True,
    )


_UNKNOWN = ModelProfile(
    family="unknown", context_window=128_000, max_output_tokens=16_000, known=False
)

FAMILIES: tuple[ModelProfile, ...] = (
    _gpt5("gpt-5", 400_000, *_EFFORTS),
    _gpt5("gpt-5-codex", 400_000, "low", "medium", "high"),
    _gpt5("gpt-5.1", 400_000, "none", "low", "medium", "high"),
    _gpt5("gpt-5.2", 400_000),
    _gpt5("gpt-5.3", 400_000),
    _gpt5("gpt-5.3-codex-spark", 128_000),
    _gpt5("gpt-5.4", 400_000),
    _gpt5("gpt-5.5", 400_000),
    _gpt5("gpt-5.6", 400_000),
    _gpt5("gpt-6", 400_000),
    _reasoner("codex-1", 192_000),
    _reasoner("codex-mini", 200_000),
    _reasoner("o1", 200_000),
    _reasoner("o3", 200_000),
    _reasoner("o3-mini", 200_000, images=False),
    _reasoner("o4-mini", 200_000),
    _plain("smollm2", 8_192, 1_024),
    _plain("gpt-4.1", 1_047_576, 32_768, images=True),
    _plain("gpt-4o", 128_000, 16_384, images=True),
    ModelProfile(
        family="gpt-oss",
        context_window=131_072,
        max_output_tokens=32_768,
        parallel_tool_calls=False,
        reasoning_efforts=("low", "medium", "high"),
        default_effort="medium",
    ),
    _plain("claude", 200_000, 64_000, images=True),
    _claude("claude-opus-4-6"),
    _claude("claude-opus-4-7"),
    _claude("claude-opus-4-8"),
    _claude("claude-sonnet-4-6"),
    _plain("gemini", 1_048_576, 65_536, images=True),
    _plain("grok", 256_000, 32_768, images=True),
    _plain("qwen", 131_072, 32_768),
    _plain("qwen3-coder", 262_144, 65_536),
    _plain("deepseek", 128_000, 32_768),
    _plain("mistral", 131_072, 32_768),
    _plain("devstral", 131_072, 32_768),
    _plain("codestral", 256_000, 32_768),
    _plain("glm", 200_000, 65_536),
    _plain("kimi", 262_144, 32_768),
    _plain("repair", 400_000, 32_768),
)


@cache
def profile_for(model_name: str) -> ModelProfile:
    """The profile of a model by its name, without or with its vendor (`qwen/qwen3-coder`).

    Names that no family fits get safe defaults with `known` False.
    """
    name = model_name.rpartition("/")[2].lower()
    fitting = (profile for profile in FAMILIES if _fits(name, profile.family))
    return max(fitting, key=lambda profile: len(profile.family), default=_UNKNOWN)


def _fits(name: str, family: str) -> bool:
    # A family ends where its name does: `gpt-5` is not the family of `gpt-50`; `qwen` is that of `qwen3`.
    rest = name.removeprefix(family)
    return rest != name and not (rest[:1].isdigit() and family[-1].isdigit())


@cache
def _read_instructions(name: str) -> str:
    return (_INSTRUCTIONS / name).read_text(encoding="utf-8").strip()
