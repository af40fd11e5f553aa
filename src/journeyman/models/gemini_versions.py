"""What the name of a Gemini model says of its abilities: Google gives them by generation."""

from __future__ import annotations

import re

_GENERATION = re.compile(r"gemini-(\d+)")
# What `gemini-flash-latest` and its like stand for at the least.
_LATEST = 3


def generation(model: str) -> int:
    """The model's generation, 2 for `gemini-2.5-pro`; 0 where the name tells none."""
    name = model.rpartition("/")[2]
    if found := _GENERATION.match(name):
        return int(found[1])
    return _LATEST if name.startswith("gemini-") and name.endswith("-latest") else 0
