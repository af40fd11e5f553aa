"""One run of `jm models probe`: joins the probe to a client with the user's key, and writes what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from journeyman.cli.credentials import kept_key
from journeyman.cli.model_clients import ModelClients
from journeyman.cli.model_memory import Learnt, ModelMemory
from journeyman.cli.model_probe import Finding, Probe
from journeyman.cli.process import Process
from journeyman.config.settings import Settings
from journeyman.models.api import Finished, ModelSettings
from journeyman.models.prices import Price
from journeyman.models.providers import Provider
from journeyman.models.told import Told
from journeyman.sandbox.launcher import system_launcher
from journeyman.store.ledger import Entry, Ledger

CAUSE = "probe"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask, and for how much."""

    provider: Provider
    settings: ModelSettings
    price: Price | None


async def run_probe(
    process: Process, configured: Settings, target: Target, tell: Callable[[Finding], None]
) -> list[Finding]:
    """Ask everything once, without trying again, and keep what was learnt; raises `StoreError` where the ledger cannot be written."""
    ledger = Ledger(process.home)
    # A server that fails is what is to be seen.
    provider = msgspec.structs.replace(target.provider, request_max_retries=0, stream_max_retries=0)
    launcher = system_launcher(process.environment.get("PATH", ""))
    clients = ModelClients(process, lambda: "journeyman_probe", launcher)

    def count(answer: Finished) -> None:
        ledger.append(
            Entry(
                at=time.time(),
                thread="",
                cause=CAUSE,
                provider=provider.id,
                model=target.settings.model,
                served_model=answer.model,
                usage=answer.usage,
                price=target.price,
                cost_usd=target.price and target.price.cost_usd(answer.usage),
            )
        )

    key, model = kept_key(process, configured), target.settings.model
    client = clients.connect(provider, key)
    try:
        found = await Probe(client, target.settings, count).run(tell)
        told = _told(found) | (await clients.ask_about(provider, model, key) or Told())
        if told:
            learnt = Learnt(at=int(time.time()), by="probe", told=told)
            ModelMemory(process.home).keep(provider, model, learnt)
        return found
    finally:
        await client.close()
        await clients.close()
        launcher.close()


def _told(findings: Sequence[Finding]) -> Told:
    """What the findings say; a question that failed says nothing."""
    verdicts = {one.feature: one.verdict == "yes" for one in findings if one.verdict != "failed"}
    return Told(
        images=verdicts.get("images"),
        tools=verdicts.get("tool call"),
        parallel_tool_calls=verdicts.get("parallel calls"),
    )
