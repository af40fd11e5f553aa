"""Journeyman: the open, self-hosted coding-agent platform.

For scripts: `journeyman.Agent` starts an agent, `journeyman.Thread` is one line of work with it; docs/python.md
has examples. They live in `journeyman.client.agent`.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"
_FOR_SCRIPTS = ("Agent", "Result", "Thread", "TurnFailedError")


def __getattr__(name: str) -> Any:
    # The program imports this package too, and needs none of what scripts use.
    if name not in _FOR_SCRIPTS:
        message = f"module 'journeyman' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module("journeyman.client.agent"), name)
