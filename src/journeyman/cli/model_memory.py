"""What was learnt of models that the product does not know, kept in `learnt_models.json` of the home folder with a date.

Bound to the address that told it: a server elsewhere, also under the same provider's name, is asked anew.
A file that cannot be read or written costs a question, and never a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container
from pathlib import Path
from typing import Any, Literal

import msgspec

from journeyman.models.profiles import ModelProfile
from journeyman.models.provider_errors import shown_address
from journeyman.models.providers import Provider
from journeyman.models.told import Told
from journeyman.private_file import locked_folder, write_private

MEMORY_FILE = "learnt_models.json"
# A server may be started anew with another window.
_SECONDS_TO_TRUST = 7 * 24 * 3600
_MAX_FILE_BYTES = 4 << 20


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt of one model, when (epoch seconds), and by which way."""

    at: int
    by: Literal["server", "probe"]
    told: Told


class ModelMemory:
    """The file of one home folder."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._path = home / MEMORY_FILE
        self._kept: dict[str, Learnt] | None = None

    def of(self, provider: Provider, model: str) -> Learnt | None:
        """What is kept of a model, however old."""
        return self._read().get(_name(provider, model))

    def is_fresh(self, provider: Provider, model: str, now: float) -> bool:
        """Whether nobody needs to be asked at `now`, in epoch seconds."""
        learnt = self.of(provider, model)
        if learnt is None or learnt.told.is_upper_bound:
            return False
        return now - learnt.at < _SECONDS_TO_TRUST

    def keep(self, provider: Provider, model: str, learnt: Learnt) -> None:
        """Keep this, in place of what was kept; what an earlier way told and this one does not stays."""
        before = self.of(provider, model)
        told = learnt.told | before.told if before else learnt.told
        new = {_name(provider, model): msgspec.structs.replace(learnt, told=told)}
        self._kept = {**self._read(), **new}
        with contextlib.suppress(OSError), locked_folder(self._path.parent):
            # Other runs learn at the same time.
            self._kept = {**self._from_disk(), **new}
            content = msgspec.json.encode(self._kept)
            write_private(self._path, msgspec.json.format(content, indent=1))

    def _read(self) -> dict[str, Learnt]:
        if self._kept is None:
            self._kept = self._from_disk()
        return self._kept

    def _from_disk(self) -> dict[str, Learnt]:
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            with self._path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
            return msgspec.json.decode(data, type=dict[str, Learnt])
        return {}


def laid_over(profile: ModelProfile, told: Told, said: Container[str] = ()) -> ModelProfile:
    """The safe defaults of an unknown model with what was told of it; a window says enough to know it.

    What the user `said` of it, by the names of the fields, stays.
    """
    window = told.context_window
    facts: dict[str, Any] = {
        "images": told.images,
        "parallel_tool_calls": told.parallel_tool_calls,
        "max_output_tokens": told.max_output_tokens,
        "context_window": window,
    }
    if window is not None and told.max_output_tokens is None:
        # An answer has to leave room for what was asked.
        facts["max_output_tokens"] = min(profile.max_output_tokens, window // 4)
    new = {name: fact for name, fact in facts.items() if fact is not None and name not in said}
    return msgspec.structs.replace(profile, known=window is not None, **new)


def _name(provider: Provider, model: str) -> str:
    return f"{shown_address(provider).rstrip('/')} {model}"
