"""How a provider's own searches are told."""

from __future__ import annotations

from typing import Any

import pytest

from journeyman.core.web_search import search_item
from journeyman.protocol.items import WebSearchItem

PAGE = "https://a.example/b"


@pytest.mark.parametrize(
    ("action", "query", "told"),
    [
        ({"type": "search", "query": "sky"}, "sky", {"type": "search", "query": "sky"}),
        (
            {"type": "search", "query": None, "queries": ["sky", "sea"], "sources": []},
            "sky ...",
            {"type": "search", "queries": ["sky", "sea"]},
        ),
        ({"type": "search", "queries": ["sky"]}, "sky", {"type": "search", "queries": ["sky"]}),
        ({"type": "search"}, "", {"type": "search"}),
        ({"type": "open_page", "url": PAGE}, PAGE, {"type": "openPage", "url": PAGE}),
        (
            {"type": "find_in_page", "url": PAGE, "pattern": "blue"},
            f"'blue' in {PAGE}",
            {"type": "findInPage", "url": PAGE, "pattern": "blue"},
        ),
        ({"type": "find_in_page", "pattern": "x"}, "'x'", {"type": "findInPage", "pattern": "x"}),
        ({"type": "find_in_page", "url": 5, "pattern": {}}, "", {"type": "findInPage"}),
        ({"type": "dive", "url": PAGE}, "", {"type": "other"}),
        ("none", "", None),
    ],
)
def test_search_item_tells_each_action_in_words_and_in_the_protocols_kinds(
    action: object, query: str, told: dict[str, Any] | None
) -> None:
    raw = {"type": "web_search_call", "action": action}
    assert search_item(raw, "w") == WebSearchItem(id="w", query=query, action=told)
