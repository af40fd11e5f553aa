"""`jm debug prompt`: a run of `jm exec` up to its first request, which is printed instead of sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.cli.exec_request import ExecFlags, Words
from journeyman.cli.exec_run import CLIENT, Job, prepare
from journeyman.cli.local_server import local_client
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import read_process
from journeyman.cli.tapes import Tape
from journeyman.cli.terminal import write_error
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.headless.run import Outcome, Run
from journeyman.models.exchanges import address_without_secrets
from journeyman.models.transport import Response
from journeyman.net.http import HttpError
from journeyman.protocol import events
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.threads import ThreadStartResponse
from journeyman.store.errors import StoreError
from journeyman.visible_text import escape_json, visible


class _Look:
    """A wire that keeps the first request and sends nothing."""

    def __init__(self) -> None:
        self.request: tuple[str, bytes] | None = None

    @asynccontextmanager
    async def post_stream(
        self, url: str, headers: Mapping[str, str], body: bytes, *, idle_timeout_seconds: float
    ) -> AsyncGenerator[Response]:
        del headers, idle_timeout_seconds
        self.request = self.request or (url, body)
        raise HttpError("invalid", "the request is shown and not sent")
        yield


class _Failures:
    """A face that shows nothing and keeps why a run got nowhere."""

    def __init__(self) -> None:
        self.reason = "the run asked no model over a wire; choose another model with -m"

    def began(self, thread: ThreadStartResponse, prompt: str) -> None:
        """Nothing to show."""

    def tell(self, notification: msgspec.Struct) -> None:
        """Warnings are worth seeing here as well."""
        match notification:
            case events.WarningNotification(message):
                write_error(f"warning: {visible(message)}\n")
            case events.ErrorNotification(_, _, error):
                self.reason = error.message
            case _:
                pass

    def silent(self, seconds: int) -> None:
        """Nothing to show."""

    def failed(self, message: str) -> None:
        """Keep it."""
        self.reason = message


def show_request(shared: SharedFlags, prompt: str | None, output_schema: str | None) -> int:
    """Print it, and return the exit code.

    Raises:
        CommandError: no request would be made, and why.
    """
    if shared.record or shared.replay:
        raise CommandError("nothing is sent here: leave --record and --replay out")
    look, face = _Look(), _Failures()
    flags = ExecFlags(ephemeral=True, skip_git_repo_check=True, output_schema=output_schema)
    try:
        job = prepare(read_process(), shared, flags, Words(prompt=prompt), look=Tape(wire=look))
        outcome = asyncio.run(_run(job, face))
    except (ConfigError, RpcError, StoreError) as error:
        raise CommandError(str(error)) from error
    if look.request is None:
        raise CommandError(_reason(outcome, face))
    url, body = look.request
    write_error(f"POST {visible(address_without_secrets(url))}\n")
    pretty = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    click.echo(escape_json(pretty.encode()))
    return 0


async def _run(job: Job, face: _Failures) -> Outcome:
    async with local_client(job.composer, CLIENT) as client:
        return await Run(client, face, SystemClock(), signs_of_life=False).execute(job.request)


def _reason(outcome: Outcome, face: _Failures) -> str:
    if outcome.status == "failed":
        return f"no request would be made: {face.reason}"
    return face.reason
