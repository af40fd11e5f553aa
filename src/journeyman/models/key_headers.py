"""How the services of OpenAI's dialects take a key."""

from __future__ import annotations

from urllib.parse import urlsplit

from journeyman.models.providers import Provider


def key_headers(provider: Provider, api_key: str | None) -> dict[str, str]:
    """The headers for a key; Azure has a name of its own for keys, and takes tokens of Entra like others.

    What a command of the user's prints is taken for such a token.
    """
    if not api_key:
        return {}
    is_azure = (urlsplit(provider.base_url).hostname or "").endswith(".azure.com")
    if is_azure and provider.auth is None:
        return {"api-key": api_key}
    return {"Authorization": f"Bearer {api_key}"}
