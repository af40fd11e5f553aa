"""A search that the provider ran itself, as the item that tells of it; the history keeps the provider's own words."""

from __future__ import annotations

from typing import Any, cast

from journeyman.protocol.items import WebSearchItem

# The provider's kind of action -> the wire's, and the members that go with it.
_ACTIONS = {
    "search": ("search", ("query", "queries")),
    "open_page": ("openPage", ("url",)),
    "find_in_page": ("findInPage", ("url", "pattern")),
}


def search_item(raw: dict[str, Any], item_id: str) -> WebSearchItem:
    """The item for a `web_search_call` of an answer; an action of an unknown kind is `other`."""
    given = raw.get("action")
    action = cast("dict[str, Any]", given) if isinstance(given, dict) else None
    if action is None:
        return WebSearchItem(id=item_id, query="")
    kind, members = _ACTIONS.get(str(action.get("type")), ("other", ()))
    told = {name: action[name] for name in members if _is_told(action.get(name))}
    return WebSearchItem(id=item_id, query=_in_words(kind, told), action={"type": kind, **told})


def _is_told(value: object) -> bool:
    """Whether it is a text, or several: a service may put anything there."""
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return all(isinstance(one, str) for one in values)


def _in_words(kind: str, action: dict[str, Any]) -> str:
    """What was looked for, or where, in a line."""
    match kind:
        case "search":
            return str(action.get("query") or _first_of(action.get("queries")))
        case "findInPage" if "pattern" in action:
            place = f" in {action['url']}" if "url" in action else ""
            return f"'{action['pattern']}'{place}"
        case _:
            return str(action.get("url", ""))


def _first_of(queries: object) -> str:
    asked = cast("list[object]", queries) if isinstance(queries, list) else []
    more = " ..." if len(asked) > 1 else ""
    return f"{asked[0]}{more}" if asked else ""
