"""List prices, as data with their source and date; what they mean is `prices`'."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# The newest on that day, compared with nothing else: the vendors' pages were not read.
SOURCE = "the price table of litellm 1.110.2"
DATE = "2026-11-25"

# Dollars per million tokens: input, cached input, output, and input that is written to the cache.
LISTS: Mapping[str, Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "openai": {
            "gpt-6-astra": (10, 1, 50, 12.5),
            "gpt-6-sol": (2, 0.2, 10, 2.5),
            "gpt-6-luna": (0.1, 0.01, 0.5, 0.125),
            "gpt-6.1-sol": (2, 0.1, 10, 2.5),
            "gpt-6.1-terra": (1, 0.05, 5, 1.25),
            "gpt-5.6": (4, 0.4, 20, 5),
            "gpt-5.6-sol": (4, 0.4, 20, 5),
            "gpt-5.6-terra": (2, 0.2, 12, 2.5),
            "gpt-5.6-luna": (0.2, 0.02, 1.2, 0.25),
            "gpt-5.5": (5, 0.5, 30),
            "gpt-5.5-pro": (30, 30, 180),
            "gpt-5.4": (2.5, 0.25, 15),
            "gpt-5.4-mini": (0.75, 0.075, 4.5),
            "gpt-5.4-nano": (0.2, 0.02, 1.25),
            "gpt-5.3-codex": (1.75, 0.175, 14),
            "gpt-5.2": (1.75, 0.175, 14),
            "gpt-5.2-codex": (1.75, 0.175, 14),
            "gpt-5.1": (1.25, 0.125, 10),
            "gpt-5.1-codex": (1.25, 0.125, 10),
            "gpt-5.1-codex-max": (1.25, 0.125, 10),
            "gpt-5.1-codex-mini": (0.25, 0.025, 2),
            "gpt-5": (1.25, 0.125, 10),
            "gpt-5-codex": (1.25, 0.125, 10),
            "gpt-5-mini": (0.25, 0.025, 2),
            "gpt-5-nano": (0.05, 0.005, 0.4),
            "gpt-4.1": (2, 0.5, 8),
            "gpt-4.1-mini": (0.4, 0.1, 1.6),
            "gpt-4.1-nano": (0.1, 0.025, 0.4),
            "gpt-4o": (2.5, 1.25, 10),
            "gpt-4o-mini": (0.15, 0.075, 0.6),
            "o1": (15, 7.5, 60),
            "o3": (2, 0.5, 8),
            "o3-mini": (1.1, 0.55, 4.4),
            "o4-mini": (1.1, 0.275, 4.4),
        },
        "anthropic": {
            "claude-opus-5-5": (4, 0.2, 20, 5),
            "claude-opus-5": (5, 0.5, 25, 6.25),
            "claude-opus-4-8": (5, 0.5, 25, 6.25),
            "claude-opus-4-7": (5, 0.5, 25, 6.25),
            "claude-opus-4-6": (5, 0.5, 25, 6.25),
            "claude-opus-4-5": (5, 0.5, 25, 6.25),
            "claude-sonnet-5-5": (2, 0.1, 10, 2.5),
            "claude-sonnet-5": (2, 0.2, 10, 2.5),
            "claude-sonnet-4-6": (3, 0.3, 15, 3.75),
            "claude-sonnet-4-5": (3, 0.3, 15, 3.75),
            "claude-haiku-5-5": (0.1, 0.01, 0.5, 0.125),
            "claude-haiku-4-5": (1, 0.1, 5, 1.25),
        },
        "google": {
            "gemini-4-argon": (2, 0.1, 10),
            "gemini-4-hydrogen": (1.5, 0.075, 7.5),
            "gemini-3.8-flash": (0.75, 0.075, 3.75),
            "gemini-3.5-flash": (1.5, 0.15, 9),
            "gemini-3.5-flash-lite": (0.3, 0.03, 2.5),
            "gemini-3.1-pro-preview": (2, 0.2, 12),
            "gemini-3-flash-preview": (0.5, 0.05, 3),
            "gemini-2.5-pro": (1.25, 0.125, 10),
            "gemini-2.5-flash": (0.3, 0.03, 2.5),
            "gemini-2.5-flash-lite": (0.1, 0.01, 0.4),
        },
        "deepseek": {
            "deepseek-chat": (0.28, 0.028, 0.42),
            "deepseek-reasoner": (0.28, 0.028, 0.42),
            "deepseek-v4-flash": (0.3, 0.006, 1.2),
            "deepseek-v4-pro": (1.32, 0.044, 3.96),
        },
        "mistral": {
            "mistral-large-4": (0.7, 0.07, 2.1),
            "mistral-large": (0.5, 0.05, 1.5),
            "mistral-medium": (1.5, 0.15, 7.5),
            "mistral-small": (0.15, 0.015, 0.6),
            "devstral": (0.4, 0.04, 2),
            "devstral-small": (0.1, 0.01, 0.3),
            "codestral": (0.3, 0.03, 0.9),
        },
        "xai": {
            "grok-4.7": (2, 0.5, 6),
            "grok-4.6": (2, 0.5, 6),
            "grok-4.5": (2, 0.3, 6),
            "grok-4.3": (1.25, 0.2, 2.5),
            "grok-4.20": (1.25, 0.2, 2.5),
            "grok-code-fast-1": (1, 0.2, 2),
        },
        "groq": {
            "openai/gpt-oss-120b": (0.15, 0.075, 0.6),
            "openai/gpt-oss-20b": (0.075, 0.0375, 0.3),
        },
        "moonshot": {
            "kimi-k3.1-pro": (2, 0.2, 10, 2),
            "kimi-k3": (3, 0.3, 15, 3),
            "kimi-k2.7-code": (0.95, 0.19, 4),
            "kimi-k2.6": (0.95, 0.16, 4),
        },
        "zai": {
            "glm-5.3": (1.4, 0.26, 4.4),
            "glm-5.2": (1.4, 0.26, 4.4),
            "glm-5": (1, 0.2, 3.2),
            "glm-4.7": (0.6, 0.11, 2.2),
            "glm-4.6": (0.6, 0.11, 2.2),
        },
    }
)

# Where a long input is dearer: above how many tokens, then as above.
LONG: Mapping[str, Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "openai": {
            "gpt-6-astra": (272_000, 20, 2, 75, 25),
            "gpt-6-sol": (272_000, 4, 0.4, 15, 5),
            "gpt-6-luna": (272_000, 0.2, 0.02, 0.75, 0.25),
            "gpt-6.1-sol": (272_000, 4, 0.2, 15, 5),
            "gpt-6.1-terra": (272_000, 2, 0.1, 7.5, 2.5),
            "gpt-5.6": (272_000, 8, 0.8, 30, 10),
            "gpt-5.6-sol": (272_000, 8, 0.8, 30, 10),
            "gpt-5.6-terra": (272_000, 4, 0.4, 18, 5),
            "gpt-5.6-luna": (272_000, 0.4, 0.04, 1.8, 0.5),
            "gpt-5.5": (272_000, 10, 1, 45),
            "gpt-5.5-pro": (272_000, 60, 60, 270),
            "gpt-5.4": (272_000, 5, 0.5, 22.5),
        },
        "anthropic": {"claude-haiku-5-5": (100_000, 0.5, 0.05, 2.5, 0.625)},
        "google": {
            "gemini-3.1-pro-preview": (200_000, 4, 0.4, 18),
            "gemini-2.5-pro": (200_000, 2.5, 0.25, 15),
        },
        "xai": {
            "grok-4.7": (200_000, 4, 1, 12),
            "grok-4.6": (200_000, 4, 1, 12),
            "grok-4.5": (200_000, 4, 0.6, 12),
            "grok-4.3": (200_000, 2.5, 0.4, 5),
            "grok-4.20": (200_000, 2.5, 0.4, 5),
            "grok-code-fast-1": (200_000, 2, 0.4, 4),
        },
    }
)


_FLEX: dict[str, float] = dict.fromkeys(
    (
        *("gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-6.1-sol", "gpt-6.1-terra"),
        *("gpt-5.6", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5", "gpt-5.5-pro"),
        *("gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.2", "gpt-5.1"),
        *("gpt-5", "gpt-5-mini", "gpt-5-nano", "o3", "o4-mini"),
    ),
    0.5,
)
_DOUBLE: dict[str, float] = dict.fromkeys(
    (
        *("gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-6.1-sol", "gpt-6.1-terra"),
        *("gpt-5.6", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"),
        *(
            "gpt-5.4",
            "gpt-5.4-mini",
            "gpt-5.3-codex",
            "gpt-5.2",
            "gpt-5.1",
            "gpt-5",
            "gpt-4.1-nano",
        ),
    ),
    2.0,
)
# How many times as much a service tier costs; the same for all kinds of tokens.
TIERS: Mapping[str, Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "openai": {
            "flex": _FLEX,
            "priority": {
                **_DOUBLE,
                "gpt-5.5": 2.5,
                "gpt-5-mini": 1.8,
                "gpt-4.1": 1.75,
                "gpt-4.1-mini": 1.75,
                "gpt-4o": 1.7,
                "gpt-4o-mini": 0.25 / 0.15,
                "o3": 1.75,
                "o4-mini": 2 / 1.1,
            },
        }
    }
)
