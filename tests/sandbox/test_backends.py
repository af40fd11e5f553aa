"""Which backend is chosen, and what is said when none works."""

from __future__ import annotations

import asyncio

import pytest

from journeyman.sandbox.api import Command, ConfinementError, OnRefused, Process
from journeyman.sandbox.backends import Candidate, ChosenLauncher
from journeyman.sandbox.direct import DirectLauncher
from journeyman.sandbox.policy import Policy

COMMAND = Command(argv=("/bin/echo", "hello"), cwd="/", env={})
WRITING = Policy(writable_roots=("/nowhere",))


class Refusing:
    """A backend that cannot be set up here."""

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        raise ConfinementError(f"no namespaces for {command.argv[0]}", fix="Get some")

    async def run(self, command: Command, policy: Policy) -> int:
        await self.launch(command, policy)
        return 0

    def close(self) -> None:
        """It holds nothing."""


class Working:
    """A backend that counts what it launched."""

    def __init__(self) -> None:
        self.launched: list[Policy] = []

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        self.launched.append(policy)
        return DirectLauncher("/usr/bin/python3").launch(command)

    async def run(self, command: Command, policy: Policy) -> int:
        return await (await self.launch(command, policy)).wait()

    def close(self) -> None:
        """It holds nothing."""


class Hanging:
    """A backend whose command never begins; it counts what was asked of it and what was given up."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.asked = asyncio.Event()

    async def launch(
        self, command: Command, policy: Policy, on_refused: OnRefused | None = None
    ) -> Process:
        self.seen.append("launched")
        self.asked.set()
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.seen.append("cancelled")
            raise

    async def run(self, command: Command, policy: Policy) -> int:
        return await (await self.launch(command, policy)).wait()

    def close(self) -> None:
        self.seen.append("closed")


async def test_launcher_uses_the_first_that_works_and_tells_about_the_others() -> None:
    working = Working()
    chosen = ChosenLauncher(
        [
            Candidate(name="first", launcher=Refusing()),
            Candidate(name="second", launcher=working),
            Candidate(name="third", launcher=Refusing()),
        ]
    )
    for _ in range(2):
        process = await chosen.launch(COMMAND, WRITING)
        assert await process.read() == b"hello\n"
        await process.kill()
    choice = await chosen.choice()
    assert (choice.name, choice.degraded) == ("second", False)
    assert choice.refused == (("first", "no namespaces for /bin/sh"),)
    assert working.launched == [Policy(), WRITING, WRITING]


async def test_launcher_refuses_with_all_reasons_when_none_works() -> None:
    chosen = ChosenLauncher([Candidate(name="only", launcher=Refusing())])
    with pytest.raises(ConfinementError, match="only: no namespaces for /bin/sh") as caught:
        await chosen.launch(COMMAND, Policy())
    assert "user.max_user_namespaces" in caught.value.fix


async def test_degraded_backend_writes_only_when_the_user_agreed() -> None:
    candidate = Candidate(name="less", launcher=Working(), degraded=True)
    with pytest.raises(ConfinementError, match="Only less works here"):
        await ChosenLauncher([candidate]).launch(COMMAND, WRITING)
    for chosen, policy in (
        (ChosenLauncher([candidate]), Policy()),
        (ChosenLauncher([candidate], degraded_writes=True), WRITING),
    ):
        process = await chosen.launch(COMMAND, policy)
        assert await process.read() == b"hello\n"
        await process.kill()


async def test_closing_ends_a_probe_that_still_runs_and_tells_who_waits_for_it() -> None:
    hanging = Hanging()
    chosen = ChosenLauncher([Candidate(name="slow", launcher=hanging)])
    waiting = asyncio.create_task(chosen.launch(COMMAND, Policy()))
    await hanging.asked.wait()
    chosen.close()
    with pytest.raises(ConfinementError, match="closed"):
        await waiting
    assert hanging.seen == ["launched", "closed", "cancelled"]


async def test_closing_cancels_a_warm_up_that_was_to_come() -> None:
    hanging = Hanging()
    chosen = ChosenLauncher([Candidate(name="slow", launcher=hanging)])
    chosen.warm_up(0.0)
    chosen.close()
    # Later than the warm-up would have been.
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.0, passed.set)
    await passed.wait()
    await asyncio.sleep(0)
    assert hanging.seen == ["closed"]
