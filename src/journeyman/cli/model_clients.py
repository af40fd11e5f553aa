"""Names the model adapters: one client per provider's dialect, with its key, headers and retries.

Adapters are imported when a thread connects, so that a run loads only the dialect it speaks.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.cli.keyed_client import KeyedClient
from journeyman.cli.keys import CommandKey, KeptKey, KeySource
from journeyman.cli.process import Process
from journeyman.cli.providers import api_key, aws_signer
from journeyman.cli.tapes import Tape
from journeyman.models import local
from journeyman.models.api import ModelClient, ModelError
from journeyman.models.providers import ON_DEMAND, AwsLogin, Provider
from journeyman.net.http import HttpClient
from journeyman.sandbox.api import Launcher

if TYPE_CHECKING:
    from journeyman.models.local.server import LocalServer
    from journeyman.models.replay import Replay
    from journeyman.models.signed import Sign
    from journeyman.models.told import Told
    from journeyman.models.transport import Poster


# What a program of ours needs of the environment; never a key.
_FOR_PROGRAMS = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
_NO_KEY = "none"


def _random() -> float:
    """From 0 up to 1; the random module would cost 5 ms of every start."""
    return int.from_bytes(os.urandom(4)) / (1 << 32)


async def _at_once(seconds: float) -> None:
    """Wait for nothing: what was waited for is recorded."""
    del seconds


def _retrying(
    provider: Provider,
    inner: ModelClient,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> ModelClient:
    from journeyman.models.retry import RetryingClient, RetryLimits
    from journeyman.models.unsealing import UnsealingClient

    limits = RetryLimits(
        request_max_retries=provider.request_max_retries,
        stream_max_retries=provider.stream_max_retries,
    )
    return RetryingClient(
        UnsealingClient(inner), limits=limits, sleep=sleep, random=_random, monotonic=time.monotonic
    )


class ModelClients:
    """Makes the clients of one process; they share their connections."""

    def __init__(
        self,
        process: Process,
        originator: Callable[[], str],
        launcher: Launcher,
        tape: Tape | None = None,
    ) -> None:
        """Read keys and proxies from the environment; `originator` tells who asks. Nothing is opened yet.

        `launcher` starts the server of the local model. `tape` listens to every exchange, or answers
        instead of the providers.
        """
        self._launcher = launcher
        self._local_server: LocalServer | None = None
        self._environment = process.environment
        self._home = process.home
        self._tape = tape
        self._originator = originator
        self._http: HttpClient | None = None

    def connect(
        self,
        provider: Provider,
        kept_key: Callable[[Provider], str | None],
        *,
        asks_local_model: bool = False,
    ) -> ModelClient:
        """A client for the thread's model; a missing key shows when it is asked.

        `kept_key` reads the key that the user signed in with, which may change between two requests.
        `asks_local_model` lets the offline provider ask the local model, where that is installed.
        """
        if provider.wire_api == "offline":
            return self._offline(asks_local_model=asks_local_model)
        # Nothing is sent to these, so that any key will do.
        if self._tape is not None and self._tape.replay is not None:
            return self._replaying(provider, self._tape.replay)
        if self._tape is not None and self._tape.wire is not None:
            return self._maker(provider, _NO_KEY)(self._tape.wire)
        if provider.base_url == ON_DEMAND:
            return self._local(provider)
        keys: KeySource
        if provider.auth is None:
            keys = KeptKey(lambda: api_key(provider, self._environment, kept_key))
        else:
            keys = CommandKey(provider, provider.auth, self._environment, self._home)
        return KeyedClient(lambda key: self._over_http(provider, key), keys)

    async def ask_about(
        self, provider: Provider, model: str, kept_key: Callable[[Provider], str | None]
    ) -> Told | None:
        """What the provider's server tells of a model; None where nobody is asked, or nobody answers."""
        from journeyman.cli.model_questions import Inquiry, can_be_asked
        from journeyman.models.key_headers import key_headers

        if not can_be_asked(provider) or not (self._tape is None or self._tape.is_live):
            return None
        try:
            key = api_key(provider, self._environment, kept_key)
        except AuthError:
            # The turn tells of it.
            return None
        headers = {**self._with_headers(provider).http_headers, **key_headers(provider, key)}
        return await Inquiry(self._http_client(), provider, model, headers).run()

    async def close(self) -> None:
        """Close the shared connections and the record, and stop the local model."""
        if self._local_server is not None:
            await self._local_server.close()
        if self._tape is not None:
            self._tape.close()
        if self._http is not None:
            await self._http.close()

    def _offline(self, *, asks_local_model: bool) -> ModelClient:
        from journeyman.models.repair.client import RepairClient

        if not (asks_local_model and self._has_local_model()):
            return RepairClient()
        from journeyman.models.local.lines import LineProposer

        return RepairClient(proposer=LineProposer(self._server(), self._http_client()))

    def _has_local_model(self) -> bool:
        """Whether its server and its weights are here; nothing of them is loaded."""
        from journeyman.models.local.weights import SMOLLM2, has_server

        return has_server() and SMOLLM2.path(self._home).is_file()

    def _server(self) -> LocalServer:
        from journeyman.models.local.server import LocalServer
        from journeyman.models.local.weights import SMOLLM2

        if self._local_server is None:
            env = {name: v for name in _FOR_PROGRAMS if (v := self._environment.get(name))}
            serve, weights = Path(local.__file__).with_name("serve.py"), SMOLLM2.path(self._home)
            argv = (sys.executable, "-I", str(serve), str(weights))
            self._local_server = LocalServer(self._launcher, argv, env)
        return self._local_server

    def _local(self, provider: Provider) -> ModelClient:
        from journeyman.models.local.client import LocalClient

        return LocalClient(
            self._server(),
            lambda at: self._over_http(
                msgspec.structs.replace(provider, base_url=f"{at.url}/v1"), at.key
            ),
        )

    def _over_http(self, provider: Provider, key: str | None) -> ModelClient:
        make, http = self._maker(provider, key), self._http_client()
        if self._tape is None or self._tape.file is None:
            return _retrying(provider, make(http))
        from journeyman.models.record import RecordingClient
        from journeyman.models.transport import secrets_of

        secrets = tuple(secrets_of(self._with_headers(provider), key))
        inner = RecordingClient(self._tape.file, make, http, provider=provider, secrets=secrets)
        return _retrying(provider, inner)

    def _replaying(self, provider: Provider, replay: Replay) -> ModelClient:
        from journeyman.cli.dialects import dialect_named
        from journeyman.models.replay import ReplayClient

        make = self._maker(provider, _NO_KEY)
        dialect = dialect_named(provider.wire_api)
        inner = ReplayClient(replay, make, provider=provider, dialect=dialect)
        return _retrying(provider, inner, sleep=_at_once)

    def _maker(self, provider: Provider, key: str | None) -> Callable[[Poster], ModelClient]:
        from journeyman.cli.dialects import dialect_named
        from journeyman.models.signed import SigningPoster
        from journeyman.models.transport import HttpModelClient

        sign = None
        if not key and provider.aws is not None:
            sign = self._signing(provider, provider.aws)
            provider = msgspec.structs.replace(provider, env_key=None)

        return lambda http: HttpModelClient(
            self._with_headers(provider),
            dialect_named(provider.wire_api),
            http=SigningPoster(http, sign) if sign else http,
            api_key=key,
            headers={"originator": self._originator()},
        )

    def _signing(self, provider: Provider, login: AwsLogin) -> Sign:
        """Signs with the user's credentials, which AWS may have to be asked for: in a thread."""
        signer = aws_signer(provider, login, self._environment)

        async def sign(url: str, body: bytes) -> Mapping[str, str]:
            try:
                return await asyncio.to_thread(signer.sign, "POST", url, body)
            except AuthError as error:
                raise ModelError("unauthorized", str(error)) from error

        return sign

    def _with_headers(self, provider: Provider) -> Provider:
        given = {
            header: value
            for header, name in provider.env_http_headers.items()
            if (value := self._environment.get(name, ""))
        }
        return msgspec.structs.replace(provider, http_headers={**provider.http_headers, **given})

    def _http_client(self) -> HttpClient:
        if self._http is None:
            variable = self._variable
            proxies = {
                scheme: proxy
                for scheme in ("http", "https")
                if (proxy := variable(f"{scheme}_proxy") or variable("all_proxy"))
            }
            self._http = HttpClient(
                proxies=proxies,
                no_proxy=[name for name in variable("no_proxy").split(",") if name.strip()],
                ca_file=variable("ssl_cert_file") or None,
            )
        return self._http

    def _variable(self, name: str) -> str:
        """A variable that programs write in lower or in upper case."""
        return self._environment.get(name) or self._environment.get(name.upper(), "")
