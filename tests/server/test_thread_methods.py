"""Keeping and paging threads, as a client sees it: names, the archive, pages, searches, who is told."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.protocol import events, models, pages, thread_shelf, threads
from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.connection import Capabilities, ClientInfo, Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.methods import NOTIFICATION_NAME, REQUEST_BY_NAME
from journeyman.protocol.turns import TurnStartParams
from journeyman.server.connection import Connection
from journeyman.testing.app_server_harness import AppServerHarness, services_for


def heard(app: AppServerHarness, *prefixes: str) -> list[str]:
    """The names of the notifications that begin so, in order."""
    names = [NOTIFICATION_NAME[type(seen)] for seen in app.seen if type(seen) in NOTIFICATION_NAME]
    return [name for name in names if name.startswith(prefixes)]


async def ask(app: AppServerHarness, method: str, params: msgspec.Struct) -> Any:
    """The answer to a request, of the type that the method table names."""
    return await app.client.request(method, params, REQUEST_BY_NAME[method].response)


async def test_archived_thread_is_unloaded_put_away_and_brought_back(
    serve: Any, model: Any
) -> None:
    model.script = ["one"]
    async with serve() as app:
        thread = await app.start_thread()
        await app.run_turn(thread.id, "hello")
        archive = thread_shelf.ThreadArchiveParams(thread_id=thread.id)
        assert await ask(app, "thread/archive", archive) == Empty()
        loaded = await ask(app, "thread/loaded/list", thread_shelf.ThreadLoadedListParams())
        listed = await app.client.thread_list(threads.ThreadListParams())
        away = await app.client.thread_list(threads.ThreadListParams(archived=True))
        assert (loaded.data, listed.data, [each.id for each in away.data]) == ([], [], [thread.id])
        with pytest.raises(RpcError, match="no rollout found"):
            await ask(app, "thread/archive", archive)
        back = await ask(
            app, "thread/unarchive", thread_shelf.ThreadUnarchiveParams(thread_id=thread.id)
        )
        assert (back.thread.id, back.thread.preview) == (thread.id, "hello")
        await app.wait_for(thread_shelf.ThreadUnarchivedNotification)
    statuses = [s.status for s in app.seen if isinstance(s, events.ThreadStatusChangedNotification)]
    assert statuses[-1] == threads.NotLoaded()
    assert heard(app, "thread/archived", "thread/unarchived") == [
        "thread/archived",
        "thread/unarchived",
    ]


async def test_deleted_thread_is_gone(serve: Any, model: Any) -> None:
    model.script = ["one"]
    async with serve() as app:
        thread = await app.start_thread()
        await app.run_turn(thread.id, "hello")
        delete = thread_shelf.ThreadDeleteParams(thread_id=thread.id)
        assert await ask(app, "thread/delete", delete) == Empty()
        with pytest.raises(RpcError, match="no rollout found"):
            await app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
        with pytest.raises(RpcError, match="no rollout found"):
            await ask(app, "thread/delete", delete)


async def test_name_is_told_to_every_client_and_kept(serve: Any, make_manager: Any) -> None:
    async with serve() as app:
        thread = await app.start_thread()
        rename = thread_shelf.ThreadSetNameParams(thread_id=thread.id, name="  My thread ")
        assert await ask(app, "thread/name/set", rename) == Empty()
        read = await app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
        assert read.thread.name == "My thread"
        with pytest.raises(RpcError, match="must not be empty"):
            await ask(app, "thread/name/set", msgspec.structs.replace(rename, name=" "))
        with pytest.raises(RpcError, match="no rollout found"):
            await ask(app, "thread/name/set", msgspec.structs.replace(rename, thread_id="0199"))
        await app.wait_for(thread_shelf.ThreadNameUpdatedNotification)
    manager = make_manager()
    assert manager.read(threads.ThreadReadParams(thread_id=thread.id)).name == "My thread"


async def test_unsubscribed_client_hears_nothing_more(serve: Any, model: Any) -> None:
    model.script = ["one", "two"]
    async with serve() as app:
        thread = await app.start_thread()
        leave = thread_shelf.ThreadUnsubscribeParams(thread_id=thread.id)
        assert (await ask(app, "thread/unsubscribe", leave)).status == "unsubscribed"
        assert (await ask(app, "thread/unsubscribe", leave)).status == "notSubscribed"
        unknown = thread_shelf.ThreadUnsubscribeParams(thread_id="x")
        assert (await ask(app, "thread/unsubscribe", unknown)).status == "notLoaded"
        await app.start_turn(thread.id, "unheard")
        await app.manager.get(thread.id).wait_idle()
        assert heard(app, "turn/", "item/") == []
        await app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread.id))
        await app.run_turn(thread.id, "heard")
        assert heard(app, "turn/") == ["turn/started", "turn/completed"]


async def test_turns_and_items_come_by_pages_in_both_directions(serve: Any, model: Any) -> None:
    model.script = ["a", "b", "c"]
    async with serve() as app:
        thread = await app.start_thread()
        turns = [(await app.run_turn(thread.id, text)).id for text in ("1", "2", "3")]
        lists = pages.ThreadTurnsListParams(thread_id=thread.id, limit=2)
        first = await ask(app, "thread/turns/list", lists)
        assert [turn.id for turn in first.data] == [turns[2], turns[1]]
        assert [item.id for turn in first.data for item in turn.items] != []
        rest = msgspec.structs.replace(lists, cursor=first.next_cursor)
        second = await ask(app, "thread/turns/list", rest)
        assert ([turn.id for turn in second.data], second.next_cursor) == ([turns[0]], None)
        back = pages.ThreadTurnsListParams(
            thread_id=thread.id,
            cursor=second.backwards_cursor,
            sort_direction="asc",
            items_view="notLoaded",
        )
        again = await ask(app, "thread/turns/list", back)
        assert [(turn.id, turn.items) for turn in again.data] == [(turn, []) for turn in turns]

        items = pages.ThreadItemsListParams(thread_id=thread.id, limit=4)
        page = await ask(app, "thread/items/list", items)
        assert [entry.turn_id for entry in page.data] == [turns[0]] * 2 + [turns[1]] * 2
        anchor = pages.ItemAnchor(item_id=page.data[-1].item.id)
        newest_first = msgspec.structs.replace(
            items, cursor=anchor, sort_direction="desc", turn_id=turns[1]
        )
        within = await ask(app, "thread/items/list", newest_first)
        assert within.data == [page.data[2]]
        wanted = pages.ThreadItemsReadParams(
            thread_id=thread.id, turn_id=turns[1], item_ids=[page.data[2].item.id, "no such"]
        )
        assert (await ask(app, "thread/items/read", wanted)).data == [page.data[2]]
        for cursor in ("x", "-1", "9" * 20, pages.ItemAnchor(item_id="none")):
            bad = msgspec.structs.replace(items, cursor=cursor)
            with pytest.raises(RpcError, match=r"invalid cursor|item not found"):
                await ask(app, "thread/items/list", bad)


async def test_search_finds_threads_and_shows_where(serve: Any, model: Any) -> None:
    model.script = ["a", "b, a haystack"]
    async with serve() as app:
        for text in ("the needle is here", "only hay"):
            await app.run_turn((await app.start_thread()).id, text)
        params = pages.ThreadSearchParams(search_term="NEEDLE")
        found = await ask(app, "thread/search", params)
        assert [result.snippet for result in found.data] == ["the needle is here"]
        answered = await ask(app, "thread/search", pages.ThreadSearchParams(search_term="HAYST"))
        assert [result.snippet for result in answered.data] == ["b, a haystack"]
        with pytest.raises(RpcError, match="must not be empty"):
            await ask(app, "thread/search", pages.ThreadSearchParams(search_term=" "))


async def test_experimental_method_needs_the_capability(make_manager: Any) -> None:
    near, far = memory_pair()
    serving = asyncio.create_task(Connection(far, services_for(make_manager())).serve())
    client = Client(near)
    await client.start(ClientInfo(name="t", version="1"), Capabilities())
    params = pages.ThreadSearchParams(search_term="x")
    with pytest.raises(RpcError, match="thread/search requires experimentalApi capability"):
        await client.request("thread/search", params, pages.ThreadSearchResponse)
    mode = CollaborationMode(settings=ModeSettings(model=""))
    turn = TurnStartParams(thread_id="x", input=[], collaboration_mode=mode)
    with pytest.raises(RpcError, match=r"turn/start\.collaborationMode requires experimentalApi"):
        await client.turn_start(turn)
    with pytest.raises(RpcError, match=r"thread/start\.dynamicTools requires experimentalApi"):
        await client.thread_start(threads.ThreadStartParams(dynamic_tools=[]))
    await client.close()
    await serving


async def test_models_are_listed_by_pages(make_manager: Any) -> None:
    def model(name: str, *, hidden: bool = False) -> models.Model:
        return models.Model(
            id=name,
            model=name,
            display_name=name,
            description=name,
            hidden=hidden,
            is_default=name == "a",
            default_reasoning_effort="none",
            supported_reasoning_efforts=[],
        )

    def offered(provider: str | None) -> list[models.Model]:
        assert provider in (None, "mine")
        return catalog

    catalog = [model("a"), model("b", hidden=True), model("c")]
    services = msgspec.structs.replace(services_for(make_manager()), models=offered)
    near, far = memory_pair()
    serving = asyncio.create_task(Connection(far, services).serve())
    client = Client(near)
    await client.start(ClientInfo(name="t", version="1"))

    async def names(params: models.ModelListParams) -> tuple[list[str], str | None]:
        page = await client.request("model/list", params, models.ModelListResponse)
        return [each.id for each in page.data], page.next_cursor

    assert await names(models.ModelListParams()) == (["a", "c"], None)
    assert await names(models.ModelListParams(include_hidden=True)) == (["a", "b", "c"], None)
    assert await names(models.ModelListParams(limit=1)) == (["a"], "1")
    assert await names(models.ModelListParams(limit=1, cursor="1", model_provider="mine")) == (
        ["c"],
        None,
    )
    await client.close()
    await serving


async def test_reverted_turns_are_gone_for_model_and_client(serve: Any, model: Any) -> None:
    model.script = ["a", "b", "c", "d"]
    async with serve() as app:
        thread = await app.start_thread()
        turns = [(await app.run_turn(thread.id, text)).id for text in ("Q1", "Q2", "Q3")]
        params = thread_shelf.ThreadRevertParams(thread_id=thread.id, before_turn_id=turns[1])
        reverted = await ask(app, "thread/revert", params)
        assert (reverted.thread.id, reverted.thread.turns) == (thread.id, [])
        lists = pages.ThreadTurnsListParams(
            thread_id=thread.id, cursor=reverted.turns_backwards_cursor
        )
        left = await ask(app, "thread/turns/list", lists)
        assert [turn.id for turn in left.data] == turns[:1]
        with pytest.raises(RpcError, match=f"no turn {turns[2]} in this thread"):
            await ask(
                app, "thread/revert", msgspec.structs.replace(params, before_turn_id=turns[2])
            )
        await app.wait_for(thread_shelf.ThreadRevertedNotification)
        last = await app.run_turn(thread.id, "Q4")
    said = str(model.prompts[-1].history)
    assert [text in said for text in ("Q1", "Q2", "Q3", "Q4")] == [True, False, False, True]
    async with serve() as app:
        resumed = await app.client.thread_resume(threads.ThreadResumeParams(thread_id=thread.id))
        assert [turn.id for turn in resumed.thread.turns] == [turns[0], last.id]


async def test_turns_of_a_thread_come_with_loading_joining_and_reading_where_they_are_wanted(
    serve: Any, model: Any
) -> None:
    model.script = ["a", "b"]
    async with serve() as app:
        thread = await app.start_thread()
        first = (await app.run_turn(thread.id, "1")).id
    async with serve() as app:
        whole = threads.ThreadResumeParams(thread_id=thread.id)
        brief = threads.ThreadResumeParams(thread_id=thread.id, exclude_turns=True)
        loaded = await app.client.thread_resume(whole)
        second = (await app.run_turn(thread.id, "2")).id
        joined = await app.client.thread_resume(whole)
        told = [loaded, joined, await app.client.thread_resume(brief)]
        fork = threads.ThreadForkParams(thread_id=thread.id, last_turn_id=first)
        told += [await app.client.thread_fork(fork)]
        for include in (True, False):
            params = threads.ThreadReadParams(thread_id=thread.id, include_turns=include)
            told += [await app.client.thread_read(params)]
        used = [
            (seen.turn_id, seen.token_usage.total.total_tokens)
            for seen in app.seen
            if isinstance(seen, events.TokenUsageUpdatedNotification)
        ]
        # When it was loaded, by the second turn, when it was joined.
        assert used == [(first, 12), (second, 24), (second, 24)]
    turns = [[turn.id for turn in one.thread.turns] for one in told]
    assert turns == [[first], [first, second], [], [first], [first, second], []]
