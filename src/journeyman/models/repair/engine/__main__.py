"""Starts the engine from its folder: `python3 .../engine search --root .`.

The modules are imported under their full names without importing the product around them (which
may not be installed for this Python), and the names are given back, so that a repository with a
package of the same name is tested as it is.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path


def main() -> int:
    """Run the engine's command line; returns its exit code."""
    folder = Path(__file__).resolve().parent
    names = ["journeyman", "journeyman.models", "journeyman.models.repair"]
    for name, path in zip(reversed(names), folder.parents, strict=False):
        parent = types.ModuleType(name)
        parent.__path__ = [str(path)]
        sys.modules[name] = parent
    sys.dont_write_bytecode = True
    command = importlib.import_module("journeyman.models.repair.engine.command")

    for name in names:
        del sys.modules[name]
    return int(command.run(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
