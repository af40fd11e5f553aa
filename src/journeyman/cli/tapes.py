"""What stands beside or in place of the wire to the models: a record that listens, or answers, or a mere look.

Their modules are imported for who uses them only: the start of any other run is shorter without.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from journeyman import __version__
from journeyman.cli.errors import CommandError
from journeyman.cli.providers import configured_providers
from journeyman.cli.terminal import write_error
from journeyman.config.settings import RoutingTable, Settings
from journeyman.models.provider_errors import shown_address
from journeyman.models.providers import BUILT_IN

if TYPE_CHECKING:
    from journeyman.models.exchanges import Asked, ExchangeFile, Setup
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

    def overrides(self) -> list[str]:
        """The record's models, providers and routing as configuration, before what the user says."""
        if self.replay is None or not self.replay.asked:
            return []
        setup, every = self.replay.setup, self.replay.asked
        said: dict[str, Any] = {"model": every[0].model, "model_provider": every[0].provider}
        for asked in every:
            said |= _provider_of(asked, setup.retries.get(asked.provider))
        said |= _routing_of(setup, {f"{asked.provider}/{asked.model}" for asked in every})
        limits = {
            "model_auto_compact_token_limit": setup.auto_compact_tokens,
            "model_context_window": setup.context_window,
        }
        said |= {key: limit for key, limit in limits.items() if limit is not None}
        return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in said.items()]

    def tell_rest(self) -> None:
        """Tell where a replay ended before its record did."""
        if left := 0 if self.replay is None else self.replay.left:
            text = f"warning: replay: {left} recorded requests were not made again"
            write_error(f"{text}; the run diverged\n")

    def close(self) -> None:
        """Close the record; idempotent."""
        if self.file is not None:
            self.file.close()


def _provider_of(asked: Asked, retries: tuple[int, int] | None) -> dict[str, Any]:
    """A provider as it was asked; nothing where it is built in and was asked at its own address."""
    said: dict[str, Any] = {}
    known = BUILT_IN.get(asked.provider)
    if known is None or shown_address(known) != asked.base_url:
        said["base_url"] = asked.base_url
    if known is None:
        said |= {"name": asked.provider_name, "wire_api": asked.wire_api}
    if retries is not None:
        said |= dict(zip(("request_max_retries", "stream_max_retries"), retries, strict=True))
    where = f"model_providers.{json.dumps(asked.provider, ensure_ascii=False)}"
    return {f"{where}.{key}": value for key, value in said.items()}


def _routing_of(setup: Setup, asked: set[str]) -> dict[str, Any]:
    """The routing, without models that were never asked: nothing is known of their providers."""
    said: dict[str, Any] = {}
    for key in RoutingTable.__struct_fields__:
        value = setup.routing.get(key)
        if isinstance(value, list):
            value = [name for name in value if name in asked]
        elif isinstance(value, str) and value not in asked:
            value = None
        said |= {} if value is None else {f"routing.{key}": value}
    return said


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


def open_record(
    directory: Path, said: Said, settings: Settings, prompt: str | None = None
) -> Tape | None:
    """A new record, where one was asked for; `prompt` is what a replay says again. Raises `CommandError`."""
    if said.record is None:
        return None
    from journeyman.models.exchanges import VERSION, ExchangeFile, Header, RecordError

    program = f"journeyman {__version__}"
    header = Header(version=VERSION, program=program, prompt=prompt, setup=_setup(settings))
    try:
        return Tape(file=ExchangeFile(directory / said.record, header))
    except RecordError as error:
        raise CommandError(str(error)) from error


def _setup(settings: Settings) -> Setup:
    from journeyman.models.exchanges import Setup

    routing = msgspec.structs.asdict(settings.routing)
    return Setup(
        routing={key: value for key, value in routing.items() if value},
        retries={
            name: (provider.request_max_retries, provider.stream_max_retries)
            for name, provider in configured_providers(settings).items()
        },
        auto_compact_tokens=settings.model_auto_compact_token_limit,
        context_window=settings.model_context_window,
    )
