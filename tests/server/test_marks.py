"""What the user keeps of threads: sections, projects, attachments, how far they were read. It outlives the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.client.client import Client
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.core.thread import Thread
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol import attachments, events, projects, read_states, sections, threads
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import INVALID_PARAMS, INVALID_REQUEST, RpcError
from journeyman.protocol.methods import REQUEST_BY_NAME
from journeyman.protocol.thread_shelf import (
    ThreadArchiveParams,
    ThreadDeleteParams,
    ThreadMetadataUpdateParams,
    ThreadRevertParams,
)
from journeyman.store.rollout import Rollout
from journeyman.store.sections import PINNED
from journeyman.testing.app_server_harness import AppServerHarness, services_for
from journeyman.testing.fake_launcher import FakeLauncher
from journeyman.testing.raw_client import RawClient
from journeyman.testing.scripted_model import answer, says
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit

NOBODY = "01900000-0000-7000-8000-000000000000"
Serve = Callable[[], AppServerHarness]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Every server of a test has the same home."""

    def serve() -> AppServerHarness:
        model = ScriptedClient([answer(says("yes"))] * 9)
        kit = ThreadKit(connect=lambda _: model, launcher=FakeLauncher(), clock=SystemClock())
        factory = PlainThreadFactory(tmp_path, kit)
        manager = ThreadManager(factory, factory.store, keeps_read_states=True)
        return AppServerHarness(manager)

    return serve


async def ask(client: Client, method: str, params: msgspec.Struct) -> Any:
    return await client.request(method, params, REQUEST_BY_NAME[method].response)


async def refused(client: Client, method: str, params: msgspec.Struct) -> RpcError:
    with pytest.raises(RpcError) as caught:
        await ask(client, method, params)
    return caught.value


async def talked(app: AppServerHarness, count: int) -> list[str]:
    """The ids of so many threads, in each of which something was said."""
    ids: list[str] = []
    for number in range(count):
        ids.append((await app.start_thread()).id)
        await app.run_turn(ids[-1], f"words {number}")
    return ids


def seen(app: AppServerHarness, kind: type[msgspec.Struct]) -> list[Any]:
    return [one for one in app.seen if isinstance(one, kind)]


async def listed(client: Client, **params: Any) -> list[str]:
    page = await client.thread_list(threads.ThreadListParams(**params))
    return [thread.id for thread in page.data]


async def test_threads_are_sorted_into_sections_and_stay_there(serve: Serve) -> None:
    async with serve() as app:
        first, second, third = await talked(app, 3)
        create = sections.ThreadSectionCreateParams(name=" Work ")
        work = (await ask(app.client, "threadSection/create", create)).section
        for thread_id, before in ((first, None), (second, first), (third, first)):
            move = sections.ThreadSectionMoveParams(
                thread_id=thread_id, section_id=work.id, before_thread_id=before
            )
            assert await ask(app.client, "thread/section/move", move) == Empty()
        await app.wait_until(lambda: len(seen(app, sections.ThreadSectionChangedNotification)) == 3)
        out = sections.ThreadSectionMoveParams(thread_id=third, section_id=None)
        await ask(app.client, "thread/section/move", out)
        look = sections.ThreadSectionAppearance(color="red")
        renamed = sections.ThreadSectionUpdateParams(
            section_id=work.id, name="Werk", appearance=look
        )
        await ask(app.client, "threadSection/update", renamed)
    async with serve() as app:
        all_ = (
            await ask(app.client, "threadSection/list", sections.ThreadSectionListParams())
        ).data
        assert [section.name for section in all_] == ["Pinned", "Werk"]
        by_place = {"section_id": work.id, "sort_key": "section_position"}
        assert await listed(app.client, **by_place) == [second, first]
        assert await listed(app.client, **by_place, limit=1) == [second]
        assert await listed(app.client, **by_place, limit=1, cursor="1") == [first]
        assert await listed(app.client, section_id=None) == [third]
        read = await app.client.thread_read(threads.ThreadReadParams(thread_id=first))
        assert (read.thread.section, read.thread.section_entered_at is not None) == (
            sections.ThreadSection(id=work.id, name="Werk", appearance=look),
            True,
        )
        gone = sections.ThreadSectionDeleteParams(section_id=work.id)
        await ask(app.client, "threadSection/delete", gone)
        assert sorted(await listed(app.client, section_id=None)) == sorted([first, second, third])


async def test_projects_hold_threads_and_are_told_of(serve: Serve) -> None:
    async with serve() as app:
        first, second = await talked(app, 2)
        idea = projects.ProjectCreateParams(
            idempotency_key="k", name="App", roots=[projects.ProjectRoot(path="/srv/app/")]
        )
        made = (await ask(app.client, "project/create", idea)).project
        again = (await ask(app.client, "project/create", idea)).project
        assert (again, made.roots) == (made, [projects.ProjectRoot(path="/srv/app")])
        assign = ThreadMetadataUpdateParams(thread_id=first, project_id=made.id)
        assert (
            await ask(app.client, "thread/metadata/update", assign)
        ).thread.project_id == made.id
        imported = projects.ProjectImportParams(
            idempotency_key="i", name="Other", roots=[], threads=[second]
        )
        other = (await ask(app.client, "project/import", imported)).project
        move = projects.ProjectMoveParams(project_id=other.id, before_project_id=made.id)
        await ask(app.client, "project/move", move)
        await app.wait_until(lambda: len(seen(app, projects.ProjectChangedNotification)) == 3)
        assert [(one.thread_id, one.project_id) for one in seen(app, projects.ThreadProjectUpdatedNotification)] == [
            (first, made.id),
            (second, other.id),
        ]  # fmt: skip
    async with serve() as app:
        all_ = (await ask(app.client, "project/list", projects.ProjectListParams())).data
        assert [(one.name, one.position, one.recency_at is None) for one in all_] == [
            ("Other", 0, False),
            ("App", 1, False),
        ]
        assert await listed(app.client, project_id=made.id) == [first]
        assert await listed(app.client, project_id=None) == []
        begin = threads.ThreadStartParams(project_id=made.id)
        begun = await app.start_thread(begin)
        fork = threads.ThreadForkParams(thread_id=first)
        copied = (await app.client.thread_fork(fork)).thread
        assert {begun.project_id, copied.project_id} == {made.id}
        brief = await app.start_thread(msgspec.structs.replace(begin, ephemeral=True))
        assert brief.project_id is None
        await ask(app.client, "project/delete", projects.ProjectParams(project_id=made.id))
        assert await listed(app.client, project_id=None) == [copied.id, first]


class LosingFactory(PlainThreadFactory):
    """Somebody deletes the project while a thread of it is being made."""

    async def start(self, params: threads.ThreadStartParams) -> Thread:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        thread = await super().start(params)
        self.store.marks.projects.delete(params.project_id or "")
        return thread


async def test_thread_whose_project_is_gone_meanwhile_is_given_up(tmp_path: Path) -> None:
    kit = ThreadKit(
        connect=lambda _: ScriptedClient([]), launcher=FakeLauncher(), clock=SystemClock()
    )
    factory = LosingFactory(tmp_path, kit)
    async with AppServerHarness(ThreadManager(factory, factory.store)) as app:
        idea = projects.ProjectCreateParams(idempotency_key="k", name="App", roots=[])
        made = (await ask(app.client, "project/create", idea)).project
        begin = threads.ThreadStartParams(project_id=made.id)
        error = await refused(app.client, "thread/start", begin)
        assert error.message == f"project not found: {made.id}"
        # Nobody holds it any more.
        path = factory.store.latest()
        assert path is not None
        Rollout.open(path, SystemClock()).close()


async def test_attachments_are_kept_and_found_by_what_they_are(serve: Serve) -> None:
    pull: dict[str, Any] = {"attachment_type": "pr", "identity_key": "app#7"}
    async with serve() as app:
        first, second = await talked(app, 2)
        add = attachments.ThreadAttachmentAddParams(thread_id=first, payload={"n": 7}, **pull)
        assert (await ask(app.client, "thread/attachment/add", add)).outcome == "created"
        other = msgspec.structs.replace(add, payload=None)
        existing = await ask(app.client, "thread/attachment/add", other)
        assert (existing.outcome, existing.attachment.payload) == ("existing", {"n": 7})
        await ask(
            app.client, "thread/attachment/add", msgspec.structs.replace(add, thread_id=second)
        )
        await ask(app.client, "thread/archive", ThreadArchiveParams(thread_id=second))
        large = msgspec.structs.replace(add, identity_key="large", payload="x" * 70_000)
        assert (await refused(app.client, "thread/attachment/add", large)).code == INVALID_PARAMS
    async with serve() as app:
        owners = attachments.ThreadAttachmentOwnerListParams(**pull)
        found = (await ask(app.client, "thread/attachmentOwner/list", owners)).data
        assert [(owner.thread_id, owner.archived) for owner in found] == [
            (first, False),
            (second, True),
        ]
        await ask(app.client, "thread/delete", ThreadDeleteParams(thread_id=second))
        remove = attachments.ThreadAttachmentRemoveParams(thread_id=first, **pull)
        for _ in range(2):
            assert await ask(app.client, "thread/attachment/remove", remove) == Empty()
        await ask(app.client, "thread/attachmentOwner/list", owners)
        [told] = seen(app, attachments.ThreadAttachmentUpdatedNotification)
        assert (told.operation, told.thread_id) == ("deleted", first)
        assert (await ask(app.client, "thread/attachmentOwner/list", owners)).data == []


async def test_end_of_a_turn_is_unread_until_its_user_has_seen_it(serve: Serve) -> None:
    def update(thread_id: str, revision: str, operation: Any) -> msgspec.Struct:
        return read_states.ThreadReadStateUpdateParams(
            thread_id=thread_id, operation=operation, expected_revision=revision
        )

    async with serve() as app:
        thread = await app.start_thread()
        early = update(thread.id, "x", read_states.MarkRead())
        assert (
            "unavailable" in (await refused(app.client, "thread/readState/update", early)).message
        )
        turns = [await app.run_turn(thread.id, "one"), await app.run_turn(thread.id, "two")]
        told = seen(app, read_states.ThreadReadStateChangedNotification)
        unread = read_states.UnreadTurn(turn_id=turns[0].id)
        assert [one.read_state.first_unread for one in told] == [unread, unread]
        kinds = [type(one) for one in app.seen[-3:]]
        assert kinds == [
            read_states.ThreadReadStateChangedNotification,
            events.ThreadStatusChangedNotification,
            events.TurnCompletedNotification,
        ]
        stale = update(thread.id, told[0].read_state.revision, read_states.MarkRead())
        error = await refused(app.client, "thread/readState/update", stale)
        now = told[1].read_state
        assert error.code == INVALID_REQUEST
        assert error.data == {"reason": "readStateConflict", "readState": msgspec.to_builtins(now)}
    async with serve() as app:
        page = await app.client.thread_list(threads.ThreadListParams())
        assert page.read_states == {thread.id: now}
        seen_now = update(thread.id, now.revision, read_states.MarkRead())
        after = (await ask(app.client, "thread/readState/update", seen_now)).read_state
        assert after.first_unread is None
        again = update(thread.id, after.revision, read_states.MarkUnread())
        await ask(app.client, "thread/readState/update", again)
        read = await app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
        assert read.read_state is not None
        assert read.read_state.first_unread == read_states.UnreadStart()


async def test_turn_that_was_taken_back_is_not_unread(serve: Serve) -> None:
    async with serve() as app:
        thread = await app.start_thread()
        first = await app.run_turn(thread.id, "one")
        second = await app.run_turn(thread.id, "two")
        for turn, left in ((second, read_states.UnreadTurn(turn_id=first.id)), (first, None)):
            revert = ThreadRevertParams(thread_id=thread.id, before_turn_id=turn.id)
            await ask(app.client, "thread/revert", revert)
            read = await app.client.thread_read(threads.ThreadReadParams(thread_id=thread.id))
            assert (read.read_state and read.read_state.first_unread) == left
        await app.wait_until(
            lambda: len(seen(app, read_states.ThreadReadStateChangedNotification)) == 3
        )


REFUSALS: Sequence[tuple[str, dict[str, Any], int]] = [
    ("threadSection/create", {"name": " "}, INVALID_PARAMS),
    ("threadSection/update", {"section_id": PINNED, "name": "x"}, INVALID_PARAMS),
    ("threadSection/update", {"section_id": "x", "name": "x"}, INVALID_PARAMS),
    ("threadSection/delete", {"section_id": PINNED}, INVALID_PARAMS),
    ("thread/section/move", {"thread_id": NOBODY, "section_id": PINNED}, INVALID_REQUEST),
    ("thread/section/move", {"thread_id": "THREAD", "section_id": NOBODY}, INVALID_REQUEST),
    ("thread/section/move", {"thread_id": "THREAD", "section_id": None, "before_thread_id": "x"}, INVALID_REQUEST),
    ("thread/list", {"sort_key": "section_position"}, INVALID_REQUEST),
    ("thread/list", {"project_id": NOBODY}, INVALID_PARAMS),
    ("thread/start", {"project_id": NOBODY}, INVALID_REQUEST),
    ("project/create", {"idempotency_key": "", "name": "x", "roots": []}, INVALID_PARAMS),
    ("project/create", {"idempotency_key": "k", "name": "", "roots": []}, INVALID_PARAMS),
    ("project/create", {"idempotency_key": "k", "name": "x", "roots": [{"path": "x"}]}, INVALID_REQUEST),
    ("project/create", {"idempotency_key": "k", "name": "x", "roots": [{"path": "/x"}, {"path": "/x/"}]}, INVALID_PARAMS),
    ("project/import", {"idempotency_key": "k", "name": "x", "roots": [], "threads": ["x"]}, INVALID_PARAMS),
    ("project/list", {"sort_direction": "asc"}, INVALID_PARAMS),
    ("project/list", {"cursor": "x"}, INVALID_PARAMS),
    ("project/read", {"project_id": "x"}, INVALID_PARAMS),
    ("project/move", {"project_id": "x"}, INVALID_PARAMS),
    ("project/delete", {"project_id": "x"}, INVALID_PARAMS),
    ("thread/metadata/update", {"thread_id": "THREAD", "project_id": NOBODY}, INVALID_REQUEST),
    ("thread/attachment/list", {"thread_id": "../x"}, INVALID_PARAMS),
    ("thread/attachment/add", {"thread_id": NOBODY, "attachment_type": "x", "identity_key": "x", "payload": 1}, INVALID_PARAMS),
    ("thread/attachment/add", {"thread_id": "THREAD", "attachment_type": "", "identity_key": "x", "payload": 1}, INVALID_PARAMS),
    ("thread/attachmentOwner/list", {"attachment_type": "x", "identity_key": "x" * 300}, INVALID_PARAMS),
    ("thread/readState/update", {"thread_id": "x", "operation": {"type": "read"}, "expected_revision": "x"}, INVALID_PARAMS),
    ("thread/readState/update", {"thread_id": NOBODY, "operation": {"type": "read"}, "expected_revision": "x"}, INVALID_REQUEST),
]  # fmt: skip


async def test_wrong_names_are_refused_with_the_codes_of_the_reference(serve: Serve) -> None:
    async with serve() as app:
        [thread_id] = await talked(app, 1)
        for method, members, code in REFUSALS:
            given = {k: thread_id if v == "THREAD" else v for k, v in members.items()}
            shape = REQUEST_BY_NAME[method].params
            wire = {field.name: field.encode_name for field in msgspec.structs.fields(shape)}
            params = msgspec.convert({wire[k]: v for k, v in given.items()}, shape)
            error = await refused(app.client, method, params)
            assert (method, members, error.code) == (method, members, code)


async def test_every_client_hears_of_marks_as_far_as_it_asked(tmp_path: Path) -> None:
    kit = ThreadKit(
        connect=lambda _: ScriptedClient([answer(says("yes"))]),
        launcher=FakeLauncher(),
        clock=SystemClock(),
    )
    factory = PlainThreadFactory(tmp_path, kit)
    services = services_for(ThreadManager(factory, factory.store, keeps_read_states=True))
    async with (
        RawClient(services) as one,
        RawClient(services) as other,
        RawClient(services, experimental=False) as plain,
    ):
        thread_id = (await one.call("thread/start", {}))["thread"]["id"]
        turn = {"threadId": thread_id, "input": [{"type": "text", "text": "go"}]}
        await one.call("turn/start", turn)
        state = (await other.wait_for("thread/readState/changed"))["readState"]
        read = {"threadId": thread_id, "operation": {"type": "read"}}
        await other.call("thread/readState/update", {**read, "expectedRevision": state["revision"]})
        told = await one.wait_for("thread/readState/changed", count=2)
        assert (told["threadId"], told["readState"]["firstUnread"]) == (thread_id, None)
        await one.call("thread/section/move", {"threadId": thread_id, "sectionId": PINNED})
        moved = {"threadId": thread_id, "sectionId": PINNED}
        for client in (other, plain):
            assert await client.wait_for("thread/section/changed") == moved
        assert "thread/readState/changed" not in {name for name, _ in plain.seen}
        for method, params in (
            ("thread/list", {"projectId": None}),
            ("thread/start", {"projectId": "p"}),
            ("thread/metadata/update", {"threadId": thread_id, "projectId": "p"}),
            ("thread/readState/update", {**read, "expectedRevision": "x"}),
            ("project/list", {}),
        ):
            with pytest.raises(RpcError, match="requires experimentalApi"):
                await plain.call(method, params)
        assert "readStates" not in {
            name for name, value in (await plain.call("thread/list", {})).items() if value
        }
    await services.manager.close()
