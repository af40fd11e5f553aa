"""Threads that nobody follows, and what is kept beside threads, as clients see both."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from journeyman.clock import SystemClock
from journeyman.core.settings import Limits
from journeyman.protocol import events, queue, threads
from journeyman.protocol import thread_shelf as shelf
from journeyman.protocol.items import TextInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.methods import REQUEST_BY_NAME
from journeyman.protocol.turns import TurnInterruptParams
from journeyman.store.rollout import Rollout
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import Answers, Stage, open_stage


class OpenStage(Protocol):
    """`open_stage` whose threads are unloaded as soon as nobody follows them."""

    def __call__(
        self, answers: Answers, scripts: Sequence[Script] = ()
    ) -> AbstractAsyncContextManager[Stage]: ...


async def ask(app: AppServerHarness, method: str, params: msgspec.Struct) -> Any:
    """The answer to a request, of the type that the method table names."""
    return await app.client.request(method, params, REQUEST_BY_NAME[method].response)


def content(thread: threads.Thread) -> bytes:
    """What the rollout holds."""
    return Path(thread.path or "").read_bytes()


async def leave(app: AppServerHarness, thread_id: str) -> str:
    """Follow a thread no longer."""
    params = shelf.ThreadUnsubscribeParams(thread_id=thread_id)
    return (await ask(app, "thread/unsubscribe", params)).status


async def loaded(app: AppServerHarness) -> list[str]:
    """The ids of the loaded threads."""
    return (await ask(app, "thread/loaded/list", shelf.ThreadLoadedListParams())).data


@pytest.fixture
def stage(tmp_path: Path) -> OpenStage:
    return lambda answers, scripts=(): open_stage(
        tmp_path / "home",
        answers,
        scripts,
        adapt=lambda settings: msgspec.structs.replace(settings, limits=Limits(unload_seconds=0)),
    )


async def test_thread_nobody_follows_is_unloaded_and_free_for_others(stage: OpenStage) -> None:
    async with stage([answer(says("one")), answer(says("two"))]) as set_up:
        app = set_up.app
        thread = await app.start_thread()
        await app.run_turn(thread.id, "hello")
        assert await leave(app, thread.id) == "unsubscribed"
        await app.wait_for(shelf.ThreadClosedNotification)
        assert [type(seen) for seen in app.seen[-2:]] == [
            events.ThreadStatusChangedNotification,
            shelf.ThreadClosedNotification,
        ]
        assert (await loaded(app), await leave(app, thread.id)) == ([], "notLoaded")
        Rollout.open(Path(thread.path or ""), SystemClock()).close()
        await app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread.id))
        assert (await app.run_turn(thread.id, "again")).status == "completed"


async def test_thread_ends_its_turn_before_it_is_let_go_with_what_it_left_running(
    stage: OpenStage,
) -> None:
    runs = answer(calls("exec_command", {"cmd": "x", "yield_time_ms": 250}, call_id="a"))
    async with stage([runs, answer(says("one"))], [Script(runs_on=True)]) as set_up:
        app = set_up.app
        thread = await app.start_thread()
        await app.start_turn(thread.id, "hello")
        await leave(app, thread.id)
        await app.wait_for(shelf.ThreadClosedNotification)
        read = threads.ThreadReadParams(thread_id=thread.id, include_turns=True)
        assert [turn.status for turn in (await app.client.thread_read(read)).thread.turns] == [
            "completed"
        ]
        assert set_up.launcher.running() == []


async def test_thread_with_something_queued_stays(stage: OpenStage) -> None:
    runs = answer(calls("exec_command", {"cmd": "x"}, call_id="a"))
    async with stage([runs], [Script(output=(b"begun",), runs_on=True)]) as set_up:
        app = set_up.app
        thread = await app.start_thread()
        turn = await app.start_turn(thread.id, "hello")
        await app.wait_for(events.CommandOutputDeltaNotification)
        queued = queue.ThreadQueueAddParams(
            thread_id=thread.id, client_user_message_id="1", input=[TextInput(text="later")]
        )
        await ask(app, "thread/queue/add", queued)
        stop = TurnInterruptParams(thread_id=thread.id, turn_id=turn.id)
        await app.client.turn_interrupt(stop)
        await app.wait_turn(turn.id)
        other = await app.start_thread()
        await leave(app, thread.id)
        await leave(app, other.id)
        await app.wait_for(shelf.ThreadClosedNotification)
        assert await loaded(app) == [thread.id]


async def test_client_that_comes_back_finds_the_thread(stage: OpenStage) -> None:
    """Whether the thread is kept, being unloaded or gone when it comes."""
    async with stage([answer(says("one"))]) as set_up:
        app = set_up.app
        thread = await app.start_thread()
        for _ in range(5):
            resume = threads.ThreadResumeParams(thread_id=thread.id)
            await asyncio.gather(leave(app, thread.id), app.client.thread_resume(resume))
        assert (await app.run_turn(thread.id, "hello")).status == "completed"


async def test_place_in_the_repository_is_changed_and_kept(stage: OpenStage) -> None:
    def change(thread_id: str, **members: Any) -> shelf.ThreadMetadataUpdateParams:
        info = shelf.ThreadGitInfoUpdate(**members)
        return shelf.ThreadMetadataUpdateParams(thread_id=thread_id, git_info=info)

    async with stage([answer(says("one"))]) as set_up:
        app, update = set_up.app, "thread/metadata/update"
        thread = await app.start_thread()
        await app.run_turn(thread.id, "hello")
        before = content(thread)
        await ask(app, update, change(thread.id, sha="abc", branch=" main "))
        answered = await ask(app, update, change(thread.id, sha=None, origin_url="https://x.test"))
        info = threads.GitInfo(branch="main", origin_url="https://x.test")
        assert answered.thread.git_info == info
        await leave(app, thread.id)
        await app.wait_for(shelf.ThreadClosedNotification)
        read = await app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
        listed = await app.client.thread_list(threads.ThreadListParams())
        assert [read.thread.git_info, listed.data[0].git_info] == [info, info]
        cleared = await ask(app, update, change(thread.id, branch=None, origin_url=None))
        assert cleared.thread.git_info is None
        assert content(thread) == before


async def test_metadata_without_a_meaning_is_refused(stage: OpenStage) -> None:
    def params(**members: Any) -> shelf.ThreadMetadataUpdateParams:
        return shelf.ThreadMetadataUpdateParams(thread_id=thread.id, **members)

    async with stage([]) as set_up:
        app = set_up.app
        thread = await app.start_thread(threads.ThreadStartParams(ephemeral=True))
        for given, said in (
            (params(), "metadata update must include at least one field"),
            (params(git_info=shelf.ThreadGitInfoUpdate()), "gitInfo must include at least one"),
            (params(git_info=shelf.ThreadGitInfoUpdate(origin_url=" ")), "originUrl must not be"),
            (params(project_id="p"), "project not found: p"),
            (params(git_info=shelf.ThreadGitInfoUpdate(sha="a")), "ephemeral thread"),
        ):
            with pytest.raises(RpcError, match=said):
                await ask(app, "thread/metadata/update", given)
