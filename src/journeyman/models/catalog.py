"""The models that are offered by name when a user asks what there is; any other name can be asked as well.

Data only: abilities come from `profiles`, addresses from `providers`.
"""

from __future__ import annotations

import msgspec

DEFAULT_MODEL = "gpt-5.5"


class CatalogModel(msgspec.Struct, frozen=True, kw_only=True):
    """One offer. `name` is what `-m` takes; `hidden` ones are listed on demand only."""

    name: str
    title: str
    description: str
    hidden: bool = False


CATALOG: tuple[CatalogModel, ...] = (
    CatalogModel(
        name="gpt-5.5", title="GPT-5.5", description="OpenAI's general model for coding work."
    ),
    CatalogModel(
        name="gpt-5.4",
        title="GPT-5.4",
        description="OpenAI's model before that; reads images and uses computers.",
    ),
    CatalogModel(
        name="gpt-5.4-mini", title="GPT-5.4 mini", description="Smaller, faster and cheaper."
    ),
    CatalogModel(
        name="gpt-5.3-codex",
        title="GPT-5.3 Codex",
        description="OpenAI's model trained for long coding tasks.",
    ),
    CatalogModel(
        name="gpt-5.3-codex-spark",
        title="GPT-5.3 Codex Spark",
        description="Low latency, small context.",
        hidden=True,
    ),
    CatalogModel(
        name="gpt-5.2", title="GPT-5.2", description="OpenAI's model of late 2025.", hidden=True
    ),
    CatalogModel(
        name="gpt-5-codex",
        title="GPT-5 Codex",
        description="OpenAI's coding model of September 2025.",
        hidden=True,
    ),
    CatalogModel(
        name="gpt-5.2-codex",
        title="GPT-5.2 Codex",
        description="OpenAI's coding model of January 2026.",
        hidden=True,
    ),
    CatalogModel(
        name="codex-mini-latest",
        title="Codex mini",
        description="A small model of 2025, tuned for the command line.",
        hidden=True,
    ),
    CatalogModel(
        name="anthropic/claude-opus-5",
        title="Claude Opus 5",
        description="Anthropic's large model.",
    ),
    CatalogModel(
        name="anthropic/claude-sonnet-5",
        title="Claude Sonnet 5",
        description="Anthropic's model between price and depth.",
    ),
    CatalogModel(
        name="google/gemini-3.8-flash",
        title="Gemini 3.8 Flash",
        description="Google's quick model with a large context.",
    ),
    CatalogModel(
        name="deepseek/deepseek-v4-pro",
        title="DeepSeek V4 Pro",
        description="An open model, at its maker's service.",
    ),
    CatalogModel(
        name="mistral/devstral-latest",
        title="Devstral",
        description="Mistral's model for coding agents.",
    ),
    CatalogModel(
        name="zai/glm-5.3", title="GLM 5.3", description="An open model, at its maker's service."
    ),
    CatalogModel(
        name="moonshot/kimi-k2.7-code",
        title="Kimi K2.7 Code",
        description="An open model for code, at its maker's service.",
    ),
    CatalogModel(
        name="ollama/qwen3-coder",
        title="Qwen3 Coder (Ollama)",
        description="Runs on this machine; needs Ollama with the model pulled.",
    ),
    CatalogModel(
        name="local/smollm2",
        title="SmolLM2 135M (local, experimental)",
        description="Experimental: a tiny model on this machine, in words only; it calls no tools.",
    ),
    CatalogModel(
        name="offline/repair",
        title="Offline repair",
        description="No language model: repairs Python projects by testing small edits. Needs nothing.",
    ),
)
