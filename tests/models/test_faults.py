"""Plays every fault of `faults` over real HTTP, and holds docs/model-faults.md to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.models.faults import DOC, DONE, FAULTS, Fault, document
from tests.models.test_retry import Waits

from journeyman.cli.dialects import dialect_named
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.core.settings import ThreadSettings
from journeyman.models.api import ModelClient
from journeyman.models.retry import RetryingClient, RetryLimits
from journeyman.models.transport import HttpModelClient
from journeyman.net.http import HttpClient
from journeyman.protocol import events
from journeyman.protocol.history import FunctionCallOutput, text_of
from journeyman.protocol.turns import Turn
from journeyman.store.replay import read_rollout
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.mock_provider import MockProvider
from journeyman.testing.responses_script import Step, run
from journeyman.testing.stage import builtin_tools
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit


class Play:
    """One turn against a provider that fails, and what came of it."""

    def __init__(self, fault: Fault, home: Path) -> None:
        self._fault = fault
        self._home = home
        self.server = MockProvider(Step(items=[run("echo once")]), *fault.steps, DONE)
        self._provider = self.server.provider(
            env_key="MOCK_KEY", stream_idle_timeout_ms=fault.idle_ms
        )
        self.launcher = FakeLauncher(Script(output=(b"once\n",)))
        self.waits = Waits()
        self.told: list[str] = []
        self.outputs: list[str] = []

    async def run(self) -> Turn:
        http = HttpClient()

        def connect(_: ThreadSettings) -> ModelClient:
            dialect = dialect_named(self._fault.dialect)
            return RetryingClient(
                HttpModelClient(self._provider, dialect, http=http, api_key="test-key"),
                limits=RetryLimits(request_max_retries=2, stream_max_retries=2),
                sleep=self.waits,
                random=lambda: 0.5,
                monotonic=self.waits.monotonic,
            )

        kit = ThreadKit(
            connect=connect, launcher=self.launcher, clock=SystemClock(), tools=builtin_tools
        )
        factory = PlainThreadFactory(self._home, kit)
        async with AppServerHarness(ThreadManager(factory, factory.store)) as app:
            thread = await app.start_thread()
            turn = await app.run_turn(thread.id, "go")
        await http.close()
        self.told = [
            seen.error.message if isinstance(seen, events.ErrorNotification) else seen.message
            for seen in app.seen
            if isinstance(seen, events.ErrorNotification | events.WarningNotification)
        ]
        assert thread.path is not None
        history = read_rollout(Path(thread.path)).history
        self.outputs = [
            text_of(item.output) for item in history if isinstance(item, FunctionCallOutput)
        ]
        return turn


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_fault_ends_as_it_is_documented(fault: Fault, tmp_path: Path) -> None:
    play = Play(fault, tmp_path)
    with play.server:
        turn = await play.run()
        if fault.ends != "compacted":  # that begins a new prefix
            play.server.check()
        assert len(play.server.requests) == 1 + fault.requests
    assert turn.status == ("failed" if fault.ends == "failed" else "completed")
    assert len(play.launcher.launched) == 1
    heard = play.outputs[1:] if fault.ends == "mended" else play.told
    assert bool(heard) == bool(fault.tells)
    if fault.tells:
        assert fault.tells in heard[-1]
    if fault.waits is not None:
        assert play.waits.seconds == fault.waits


async def test_fault_of_a_server_that_is_not_there_names_its_address(tmp_path: Path) -> None:
    play = Play(Fault(name="", steps=[], ends="failed", requests=0), tmp_path)
    with play.server:
        pass
    turn = await play.run()
    assert turn.error is not None
    assert "(connection refused). Is the server running? Its address is" in turn.error.message
    assert play.waits.seconds == []


def test_document_tells_what_is_tested() -> None:
    assert DOC.read_text(encoding="utf-8") == document(), "run python -m tests.models.faults"
