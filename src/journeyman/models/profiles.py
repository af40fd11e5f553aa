"""What is known about models, as data: windows, abilities, and the instructions they are given.

Owns the table and its safe defaults; nothing here asks anybody. A family is found by the longest prefix of
the model's name, after its vendor's part (`anthropic/claude-...`). gpt-5.2's window is in the product's own
fact sheet, `repair` and the unknown model are the product's choice; windows of the families since 2026, and that of
gpt-5.4 and later, are those of litellm 1.110.2 (read 2026-11-25), compared with no vendor's page; the working windows
of GPT-5 and 6 those of the reference program's own table (0.169.0, the same day). Other figures, efforts and
abilities are from memory (2026-11), unverified. Models edit as their vendors' own agents do: OpenAI's by patch, the others by replacing.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

_INSTRUCTIONS = Path(__file__).with_name("instructions")
# As Bedrock names models: for a group of regions or none, then the vendor's own name.
_VENDOR = re.compile(
    r"^(?:[a-z-]+\.)?(?:anthropic|deepseek|google|meta|mistral|moonshot|moonshotai|openai|qwen|xai|zai)\."
)
_EFFORTS = ("minimal", "low", "medium", "high")
_LATER_EFFORTS = ("none", "low", "medium", "high", "xhigh")
# All that GPT-5 to 5.3 take in, beside 128,000 out; above it the later ones cost twice as much.
_GPT_WORKING_WINDOW = 272_000


EditFormat = Literal["freeform", "function", "replace"]


class ModelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One family of models.

    `context_window` is what goes in and comes out together; `working_window` how much of it a thread fills before it
    is compacted, where that is less: where input has a limit of its own, or costs more above it. `edit_format` is
    how it changes files: by apply_patch as free text or as a function, or by edit_file, which replaces text;
    `without_tools` are tools that it is not offered; `reasoning_efforts` is empty for models that cannot be told how
    much to reason; `adaptive_thinking` says that a Messages service takes a level of effort instead of a budget of
    tokens; `known` is False for the safe defaults.
    """

    family: str
    context_window: int
    max_output_tokens: int
    working_window: int | None = None
    edit_format: EditFormat = "function"
    without_tools: tuple[str, ...] = ()
    parallel_tool_calls: bool = True
    reasoning_efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    verbosity: bool = False
    adaptive_thinking: bool = False
    images: bool = False
    known: bool = True

    @property
    def window(self) -> int:
        """The window to work with."""
        return self.working_window or self.context_window

    @property
    def instructions(self) -> str:
        """The system prompt; it names the tool that changes files."""
        text = _read_instructions("default.md")
        return text.replace("apply_patch", "edit_file") if self.edit_format == "replace" else text


def _gpt5(family: str, context_window: int, *efforts: str) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=128_000,
        working_window=min(context_window, _GPT_WORKING_WINDOW),
        edit_format="freeform",
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
    family: str,
    context_window: int,
    max_output_tokens: int,
    *,
    images: bool = False,
    edit_format: EditFormat = "replace",
) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        images=images,
        edit_format=edit_format,
    )


def _claude(
    family: str, context_window: int = 1_000_000, max_output_tokens: int = 128_000
) -> ModelProfile:
    return ModelProfile(
        family=family,
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        reasoning_efforts=("low", "medium", "high", "xhigh"),
        adaptive_thinking=True,
        images=True,
        edit_format="replace",
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
    _gpt5("gpt-5.4", 1_050_000),
    _gpt5("gpt-5.4-mini", 400_000),
    _gpt5("gpt-5.4-nano", 400_000),
    _gpt5("gpt-5.5", 1_050_000),
    _gpt5("gpt-5.6", 1_050_000),
    _gpt5("gpt-6", 1_050_000),
    _reasoner("codex-1", 192_000),
    _reasoner("codex-mini", 200_000),
    _reasoner("o1", 200_000),
    _reasoner("o3", 200_000),
    _reasoner("o3-mini", 200_000, images=False),
    _reasoner("o4-mini", 200_000),
    _plain("smollm2", 8_192, 1_024),
    _plain("gpt-4.1", 1_047_576, 32_768, images=True, edit_format="function"),
    _plain("gpt-4o", 128_000, 16_384, images=True, edit_format="function"),
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
    _claude("claude-opus-5"),
    _claude("claude-sonnet-4-6"),
    _claude("claude-sonnet-5"),
    _claude("claude-haiku-5"),
    _plain("gemini", 1_048_576, 65_536, images=True),
    _plain("gemini-4", 1_048_576, 131_072, images=True),
    _plain("gemma", 131_072, 8_192, images=True),
    _plain("grok", 256_000, 32_768, images=True),
    _plain("grok-4.3", 1_000_000, 65_536, images=True),
    _plain("grok-4.20", 1_000_000, 65_536, images=True),
    _plain("grok-4.5", 500_000, 65_536, images=True),
    _plain("grok-4.6", 500_000, 65_536, images=True),
    _plain("grok-4.7", 500_000, 65_536, images=True),
    _plain("qwen", 131_072, 32_768),
    _plain("qwen3-coder", 262_144, 65_536),
    _plain("qwen3-next", 262_144, 65_536),
    _plain("qwen3.7", 991_808, 65_536),
    _plain("qwen3.8", 991_808, 131_072, images=True),
    _plain("deepseek", 128_000, 32_768),
    _plain("deepseek-v4", 1_000_000, 131_072),
    _plain("mistral", 131_072, 32_768),
    _plain("mistral-large", 262_144, 65_536, images=True),
    _plain("mistral-large-4", 1_048_576, 65_536, images=True),
    _plain("mistral-medium", 262_144, 65_536, images=True),
    _plain("mistral-small", 262_144, 65_536, images=True),
    _plain("devstral", 256_000, 32_768),
    _plain("codestral", 128_000, 32_768),
    _plain("glm", 200_000, 65_536),
    _plain("glm-5.2", 1_000_000, 128_000),
    _plain("glm-5.3", 1_000_000, 128_000),
    _plain("kimi", 262_144, 32_768, images=True),
    _plain("kimi-k3", 1_048_576, 131_072, images=True),
    _plain("llama", 131_072, 8_192),
    _plain("repair", 400_000, 32_768, edit_format="function"),
)


@cache
def profile_for(model_name: str) -> ModelProfile:
    """The profile of a model by its name, without or with its vendor (`qwen/qwen3-coder`, `us.anthropic.claude-...`).

    Names that no family fits get safe defaults with `known` False.
    """
    name = model_name.rpartition("/")[2].lower()
    names = (name, _VENDOR.sub("", name))
    fitting = (family for family in FAMILIES if any(_fits(one, family.family) for one in names))
    return max(fitting, key=lambda profile: len(profile.family), default=_UNKNOWN)


def _fits(name: str, family: str) -> bool:
    # A family ends where its name does: `gpt-5` is not the family of `gpt-50`; `qwen` is that of `qwen3`.
    rest = name.removeprefix(family)
    return rest != name and not (rest[:1].isdigit() and family[-1].isdigit())


@cache
def _read_instructions(name: str) -> str:
    return (_INSTRUCTIONS / name).read_text(encoding="utf-8").strip()
