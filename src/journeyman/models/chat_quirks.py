"""What single services of the chat dialect refuse or insist on, as data; others take what OpenAI takes.

Found by the provider's host and the model's family: templates of some families are as strict wherever they run.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from journeyman.models.providers import Provider

_MISTRAL_FAMILIES = (
    "mistral",
    "ministral",
    "mixtral",
    "magistral",
    "devstral",
    "codestral",
    "pixtral",
)
# Said for the model, where a user may not speak right after a tool.
_BRIDGE = {"role": "assistant", "content": "I have read the results."}


class ChatQuirks(msgspec.Struct, frozen=True, kw_only=True):
    """How one service differs.

    Attributes:
        counts_unasked: it tells usage without being asked, and refuses to be asked.
        short_ids: ids of calls are nine letters and digits.
        strict_turns: a user speaks once before the model does, and never right after a tool.
        schema_in_words: it takes no schema of the answer.
        silent_reasoning: what stands for reasoning that there was none of, where a message with calls must hold
            some; None where nothing must.
    """

    counts_unasked: bool = False
    short_ids: bool = False
    strict_turns: bool = False
    schema_in_words: bool = False
    silent_reasoning: str | None = None


def quirks_of(provider: Provider, model: str) -> ChatQuirks:
    """The quirks of a provider's model."""
    name = model.rpartition("/")[2].lower()
    if _is_at(provider, "mistral", "mistral.ai"):
        # https://docs.mistral.ai/api (422 for unknown fields, 400 `invalid_request_message_order`)
        return ChatQuirks(counts_unasked=True, short_ids=True, strict_turns=True)
    if name.startswith(_MISTRAL_FAMILIES):
        return ChatQuirks(short_ids=True, strict_turns=True)
    if _is_at(provider, "deepseek", "deepseek.com"):
        # https://api-docs.deepseek.com/guides/thinking_mode
        return ChatQuirks(silent_reasoning="", schema_in_words=True)
    if _is_at(provider, "moonshot", "moonshot.ai", "moonshot.cn", "kimi.com"):
        # https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model; an empty text counts as none
        return ChatQuirks(silent_reasoning=" ")
    if _is_at(provider, "zai", "z.ai", "bigmodel.cn"):
        # https://docs.z.ai/api-reference/llm/chat-completion
        return ChatQuirks(schema_in_words=True)
    return ChatQuirks()


def _is_at(provider: Provider, provider_id: str, *hosts: str) -> bool:
    """Whether it is that vendor's own service, also behind another address under its built-in name."""
    host = urlsplit(provider.base_url).hostname or ""
    return provider.id == provider_id or f".{host}".endswith(tuple(f".{one}" for one in hosts))


def in_strict_turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with those of a user in a row as one, and a word of the model between tools and user."""
    strict: list[dict[str, Any]] = []
    for message in messages:
        before = strict[-1] if strict else {}
        if message["role"] == before.get("role") == "user":
            strict[-1] = {"role": "user", "content": _both(before["content"], message["content"])}
            continue
        if message["role"] == "user" and before.get("role") == "tool":
            strict.append(_BRIDGE)
        strict.append(message)
    return strict


def _both(first: Any, second: Any) -> Any:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
