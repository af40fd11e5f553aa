"""What stands beside or in place of the wire to the models: a record that listens, or answers, or a mere look.

Their modules are imported for who uses them only: the start of any other run is shorter without.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from journeyman import __version__
from journeyman.cli.errors import CommandError
from journeyman.models.providers import BUILT_IN

if TYPE_CHECKING:
    from journeyman.models.exchanges import ExchangeFile
    from journeyman.models.replay import Replay
    from journeyman.models.transport import Poster


class Said(Protocol):
    """What the command line said."""

    @property
    def record(self) -> str | None:
        """The file to write."""
        ...

    @property
    def replay(self) -> str | None:
        """The file to answer from."""
        ...


class Tape:
    """Where the exchanges of a run go to, or come from: one of the three is set."""

    def __init__(
        self,
        file: ExchangeFile | None = None,
        replay: Replay | None = None,
        wire: Poster | None = None,
    ) -> None:
        """Take what was opened; what would be sent goes to `wire`."""
        self.file = file
        self.replay = replay
        self.wire = wire

    @property
    def is_live(self) -> bool:
        """Whether models are really asked."""
        return self.replay is None and self.wire is None

    @property
    def prompt(self) -> str | None:
        """What the recorded `jm exec` was asked."""
        return None if self.replay is None else self.replay.prompt

    @property
    def left(self) -> int:
        """How many recorded requests were not made again."""
        return 0 if self.replay is None else self.replay.left

    def overrides(self) -> list[str]:
        """The record's model and provider as configuration, before what the user says."""
        if self.replay is None or self.replay.first is None:
            return []
        asked = self.replay.first.request.asked
        overrides = [
            f"model={json.dumps(asked.model)}",
            f"model_provider={json.dumps(asked.provider)}",
        ]
        if asked.provider not in BUILT_IN:
            of_provider = {
                "name": asked.provider_name,
                "base_url": asked.base_url,
                "wire_api": asked.wire_api,
            }
            where = f"model_providers.{json.dumps(asked.provider)}"
            overrides += [f"{where}.{key}={json.dumps(v)}" for key, v in of_provider.items()]
        return overrides

    def close(self) -> None:
        """Close the record; idempotent."""
        if self.file is not None:
            self.file.close()


def open_replay(directory: Path, said: Said) -> Tape | None:
    """The record to replay, where one was named; raises `CommandError`."""
    if said.replay is None:
        return None
    if said.record is not None:
        raise CommandError("--record and --replay exclude one another: a replay asks no model")
    from journeyman.models.exchanges import RecordError
    from journeyman.models.replay import Replay

    try:
        return Tape(replay=Replay(directory / said.replay))
    except RecordError as error:
        raise CommandError(str(error)) from error


def open_record(directory: Path, said: Said, prompt: str | None = None) -> Tape | None:
    """A new record, where one was asked for; `prompt` is what a replay says again. Raises `CommandError`."""
    if said.record is None:
        return None
    from journeyman.models.exchanges import VERSION, ExchangeFile, Header, RecordError

    header = Header(version=VERSION, program=f"journeyman {__version__}", prompt=prompt)
    try:
        return Tape(file=ExchangeFile(directory / said.record, header))
    except RecordError as error:
        raise CommandError(str(error)) from error
