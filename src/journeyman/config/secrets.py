"""Which keys of the configuration hold secrets, so that what shows it can mask them. Pure."""

from __future__ import annotations

import re

from journeyman.config.layers import KeyPath

_WORD = re.compile(r"token|secret|password|authorization|api_?key|credential", re.IGNORECASE)
# Values here are headers and variables; whatever their names, they may be keys.
_TABLES = frozenset(("http_headers", "env"))
# These hold the name of a variable, or a number.
_HARMLESS = re.compile(r"_env_var$|^env_key|^env_http_headers$|token_limit|_store$|_scope$")


def is_secret(path: KeyPath) -> bool:
    """Whether the value at `path` may be a secret."""
    if any(part in _TABLES for part in path[:-1]):
        return True
    if any(_HARMLESS.search(part) for part in path):
        return False
    return any(_WORD.search(part) for part in path)
