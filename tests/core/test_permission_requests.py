"""The model asks for more than the sandbox allows: what the user is shown, and what each answer gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.core.settings import ThreadSettings
from journeyman.models.scripted import ScriptedClient
from journeyman.protocol import events, threads
from journeyman.protocol.code_review import CustomReview, ReviewStartParams, ReviewStartResponse
from journeyman.protocol.collaboration import CollaborationMode, ModeSettings
from journeyman.protocol.connection import Empty
from journeyman.protocol.history import FunctionCallOutput
from journeyman.protocol.items import TextInput
from journeyman.protocol.permission_requests import (
    FileSystemEntry,
    FileSystemPermissions,
    GlobEntry,
    Grant,
    GrantsReadParams,
    GrantsReadResponse,
    GrantsRevokeParams,
    NetworkPermissions,
    PathEntry,
    PermissionsApprovalParams,
    PermissionsApprovalResponse,
    PermissionsProfile,
)
from journeyman.protocol.permissions import (
    ApprovalPolicy,
    ApprovalsReviewer,
    Granular,
    GranularAsk,
    ReadOnly,
    SandboxPolicy,
    WorkspaceWrite,
)
from journeyman.protocol.turns import TurnStartParams
from journeyman.testing.app_server_harness import AppServerHarness
from journeyman.testing.fake_launcher import FakeLauncher, Script
from journeyman.testing.scripted_model import answer, calls, says
from journeyman.testing.stage import builtin_tools
from journeyman.testing.thread_factory import PlainThreadFactory, ThreadKit
from journeyman.tools.builtin.request_permissions import RequestPermissionsTool

Answer = Callable[[PermissionsApprovalParams], msgspec.Struct]
RUNS = answer(calls("exec_command", {"cmd": "make"}, call_id="r"))
DONE = answer(says("done"))
NOTHING = '{"permissions":{"network":null,"file_system":null},"scope":"turn"'


def asks(write: list[str] | None = None, *, network: bool = False, **more: Any) -> Any:
    wanted = {"file_system": {"write": write or [], **more}, "network": {"enabled": network}}
    given = {"reason": "To install.", "permissions": wanted}
    return answer(calls("request_permissions", given, call_id="p"))


def all_of(params: PermissionsApprovalParams) -> PermissionsApprovalResponse:
    return PermissionsApprovalResponse(permissions=params.permissions)


def for_thread(params: PermissionsApprovalParams) -> PermissionsApprovalResponse:
    return msgspec.structs.replace(all_of(params), scope="session")


class Table:
    """A model that asks and then runs a command, in a folder `work` beside a folder `other`."""

    app: AppServerHarness

    def __init__(self, folder: Path, *answers: Any, reply: Answer = all_of) -> None:
        self.folder, self.reply = folder, reply
        self.work, self.other = folder / "work", folder / "other"
        for made in (self.work, self.other):
            made.mkdir(exist_ok=True)
        self.model = ScriptedClient([*answers])
        self.launcher = FakeLauncher(answer=lambda _: self.script)
        self.script = Script()
        self.asked: list[msgspec.Struct] = []
        self.before_reply: Callable[[], object] = lambda: None
        self.reviewer: ApprovalsReviewer = "user"
        self.sandbox: SandboxPolicy = WorkspaceWrite()

    async def answer(self, _name: str, params: msgspec.Struct) -> msgspec.Struct:
        self.asked.append(params)
        assert isinstance(params, PermissionsApprovalParams)
        self.before_reply()
        return self.reply(params)

    def adapted(self, settings: ThreadSettings) -> ThreadSettings:
        return msgspec.structs.replace(
            settings, approvals_reviewer=self.reviewer, sandbox=self.sandbox
        )

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        kit = ThreadKit(
            connect=lambda _: self.model,
            launcher=self.launcher,
            clock=SystemClock(),
            tools=lambda: [*builtin_tools(), RequestPermissionsTool()],
            adapt=self.adapted,
        )
        factory = PlainThreadFactory(self.folder, kit)
        async with AppServerHarness(ThreadManager(factory, factory.store), self.answer) as self.app:
            yield

    async def start(self, policy: ApprovalPolicy = "on-request") -> str:
        params = threads.ThreadStartParams(cwd=str(self.work), approval_policy=policy)
        return (await self.app.start_thread(params)).id

    async def run(self, policy: ApprovalPolicy = "on-request") -> str:
        """One turn; returns what the model was told of its request."""
        await self.app.run_turn(await self.start(policy), "go")
        return self.output()

    def output(self) -> str:
        found = [
            item
            for item in self.model.prompts[-1].history
            if isinstance(item, FunctionCallOutput) and item.call_id == "p"
        ]
        return str(found[-1].output)

    async def granted(self, thread_id: str) -> GrantsReadResponse:
        params = GrantsReadParams(thread_id=thread_id)
        return await self.app.client.request("journeyman/grants/read", params, GrantsReadResponse)

    def opened(self) -> list[tuple[bool, bool]]:
        """Of each command, whether it could write to `other`, and use the network."""
        return [
            (str(self.other) in policy.writable_roots, policy.network_access)
            for _, policy in self.launcher.launched
        ]

    def warnings(self) -> list[str]:
        return [s.message for s in self.app.seen if isinstance(s, events.WarningNotification)]


async def test_user_is_asked_by_what_paths_lead_to_and_the_grant_ends_with_the_turn(
    tmp_path: Path,
) -> None:
    link = tmp_path / "link"
    table = Table(tmp_path, asks([str(link)], network=True), RUNS, DONE, RUNS, DONE)
    link.symlink_to(table.other)
    async with table.open():
        thread = await table.start()
        states: list[GrantsReadResponse] = []
        turn = await table.app.run_turn(thread, "go")
        states.append(await table.granted(thread))
        output = table.output()
        await table.app.run_turn(thread, "again")
    other = str(table.other)
    (question,) = table.asked
    assert question == PermissionsApprovalParams(
        thread_id=thread,
        turn_id=turn.id,
        item_id="p",
        started_at_ms=getattr(question, "started_at_ms", 0),
        cwd=str(table.work),
        reason="To install.",
        permissions=PermissionsProfile(
            network=NetworkPermissions(enabled=True),
            file_system=FileSystemPermissions(
                write=[other], entries=[FileSystemEntry(path=PathEntry(other), access="write")]
            ),
        ),
    )
    assert output == (
        '{"permissions":{"network":{"enabled":true},"file_system":{"read":null,"write":["'
        + other
        + '"]}},"scope":"turn"}'
    )
    assert table.opened() == [(True, True), (False, False)]
    assert states == [GrantsReadResponse(turn=Grant(), session=Grant())]
    flags = [
        seen.status.active_flags
        for seen in table.app.seen
        if isinstance(seen, events.ThreadStatusChangedNotification)
        and isinstance(seen.status, threads.Active)
    ]
    assert flags[:3] == [[], ["waitingOnApproval"], []]


async def test_grant_for_the_thread_holds_until_it_is_loaded_anew(tmp_path: Path) -> None:
    table = Table(tmp_path, asks([str(tmp_path / "other")]), DONE, RUNS, DONE, reply=for_thread)
    async with table.open():
        thread = await table.start()
        await table.app.run_turn(thread, "go")
        await table.app.run_turn(thread, "again")
        state = await table.granted(thread)
    assert table.opened() == [(True, False)]
    assert state.session == Grant(write=[str(table.other)])
    later = Table(tmp_path, RUNS, DONE)
    async with later.open():
        params = threads.ThreadResumeParams(thread_id=thread)
        await later.app.client.thread_resume(params)
        await later.app.run_turn(thread, "again")
        assert await later.granted(thread) == GrantsReadResponse(turn=Grant(), session=Grant())
    assert later.opened() == [(False, False)]


async def test_grant_does_not_hold_under_another_sandbox_policy(tmp_path: Path) -> None:
    table = Table(tmp_path, asks([str(tmp_path / "other")]), DONE, RUNS, DONE, reply=for_thread)
    async with table.open():
        thread = await table.start()
        await table.app.run_turn(thread, "go")
        params = TurnStartParams(
            thread_id=thread, input=[TextInput(text="look")], sandbox_policy=ReadOnly()
        )
        await table.app.wait_turn((await table.app.client.turn_start(params)).turn.id)
    assert [policy.writable_roots for _, policy in table.launcher.launched] == [()]


async def test_plan_mode_reads_only_whatever_was_granted(tmp_path: Path) -> None:
    table = Table(
        tmp_path, asks([str(tmp_path / "other")]), RUNS, DONE, RUNS, DONE, reply=for_thread
    )
    table.sandbox = ReadOnly()
    async with table.open():
        thread = await table.start()
        await table.app.run_turn(thread, "go")
        mode = CollaborationMode(mode="plan", settings=ModeSettings(model="test-model"))
        params = TurnStartParams(
            thread_id=thread, input=[TextInput(text="look")], collaboration_mode=mode
        )
        await table.app.wait_turn((await table.app.client.turn_start(params)).turn.id)
        assert await table.granted(thread) == GrantsReadResponse(turn=Grant(), session=Grant())
    roots = [policy.writable_roots for _, policy in table.launcher.launched]
    assert roots == [(str(table.other),), ()]


async def test_review_reads_only_whatever_was_granted(tmp_path: Path) -> None:
    wanted = asks([str(tmp_path / "other")])
    table = Table(tmp_path, wanted, DONE, RUNS, answer(says("{}")), reply=for_thread)
    table.sandbox = ReadOnly()
    async with table.open():
        thread = await table.start()
        await table.app.run_turn(thread, "go")
        params = ReviewStartParams(thread_id=thread, target=CustomReview(instructions="look"))
        begun = await table.app.client.request("review/start", params, ReviewStartResponse)
        await table.app.wait_turn(begun.turn.id)
    assert [policy.writable_roots for _, policy in table.launcher.launched] == [()]


async def test_command_that_runs_on_by_a_grant_for_the_turn_ends_with_it(tmp_path: Path) -> None:
    stays = answer(calls("exec_command", {"cmd": "serve", "yield_time_ms": 250}, call_id="r"))
    table = Table(tmp_path, stays, asks([str(tmp_path / "other")]), stays, DONE)
    table.script = Script(runs_on=True)
    async with table.open():
        await table.run()
        assert [process.killed for process in table.launcher.processes] == [False, True]


async def test_what_was_granted_can_be_taken_back_with_the_commands_that_run_by_it(
    tmp_path: Path,
) -> None:
    stays = answer(calls("exec_command", {"cmd": "serve", "yield_time_ms": 250}, call_id="r"))
    wanted = asks([str(tmp_path / "other")])
    table = Table(tmp_path, stays, wanted, stays, DONE, RUNS, DONE, reply=for_thread)
    table.script = Script(runs_on=True)
    async with table.open():
        thread = await table.start()
        await table.app.run_turn(thread, "go")
        assert [process.killed for process in table.launcher.processes] == [False, False]
        params = GrantsRevokeParams(thread_id=thread)
        revoke = "journeyman/grants/revoke"
        state = await table.app.client.request(revoke, params, GrantsReadResponse)
        assert [process.killed for process in table.launcher.processes] == [False, True]
        table.script = Script()
        await table.app.run_turn(thread, "again")
    assert state == GrantsReadResponse(turn=Grant(), session=Grant())
    assert table.opened() == [(False, False), (True, False), (False, False)]


def none(_: PermissionsApprovalParams) -> PermissionsApprovalResponse:
    return PermissionsApprovalResponse(permissions=PermissionsProfile())


def empty(_: PermissionsApprovalParams) -> Empty:
    return Empty()


def wider(_: PermissionsApprovalParams) -> PermissionsApprovalResponse:
    files = FileSystemPermissions(write=["/", "/srv"])
    network = NetworkPermissions(enabled=True)
    return PermissionsApprovalResponse(
        permissions=PermissionsProfile(file_system=files, network=network), scope="session"
    )


def strict(params: PermissionsApprovalParams) -> PermissionsApprovalResponse:
    return msgspec.structs.replace(all_of(params), strict_auto_review=True)


def with_entry(
    place: PathEntry | GlobEntry, access: Any, below: str = ""
) -> Callable[[PermissionsApprovalParams], PermissionsApprovalResponse]:
    def reply(params: PermissionsApprovalParams) -> PermissionsApprovalResponse:
        asked = params.permissions.file_system
        assert asked is not None
        assert asked.entries is not None
        at = PathEntry(f"{(asked.write or [''])[0]}/{below}") if below else place
        entries = [*asked.entries, FileSystemEntry(path=at, access=access)]
        files = msgspec.structs.replace(asked, entries=entries)
        return PermissionsApprovalResponse(permissions=PermissionsProfile(file_system=files))

    return reply


@pytest.mark.parametrize(
    "reply",
    [
        none,
        empty,
        wider,
        strict,
        with_entry(PathEntry("/x"), "deny"),
        with_entry(GlobEntry("**/*.key"), "read"),
        with_entry(PathEntry(""), "read", below="keep"),
    ],
)
async def test_answer_that_gives_nothing_that_was_asked_or_more_than_can_be_kept_gives_nothing(
    tmp_path: Path, reply: Answer
) -> None:
    table = Table(tmp_path, asks([str(tmp_path / "other")]), RUNS, DONE, reply=reply)
    async with table.open():
        assert (await table.run()).startswith(NOTHING)
    assert (len(table.asked), table.opened()) == (1, [(False, False)])


async def test_answer_may_give_less_and_what_it_adds_is_left_out(tmp_path: Path) -> None:
    inner = tmp_path / "other/inner"

    def reply(_: PermissionsApprovalParams) -> PermissionsApprovalResponse:
        files = FileSystemPermissions(write=[str(inner), str(tmp_path)])
        return PermissionsApprovalResponse(permissions=PermissionsProfile(file_system=files))

    wanted = asks([str(tmp_path / "other")], network=True)
    table = Table(tmp_path, wanted, RUNS, DONE, reply=reply)
    inner.mkdir()
    async with table.open():
        await table.run()
        assert table.warnings() == [
            f"Not granted: {tmp_path} is not what was asked for, or not what it was then."
        ]
    ((_, policy),) = table.launcher.launched
    assert policy.writable_roots == (str(table.work), str(inner))
    assert not policy.network_access


async def test_folder_that_became_a_link_while_the_user_was_asked_is_not_opened(
    tmp_path: Path,
) -> None:
    table = Table(tmp_path, asks([str(tmp_path / "other")]), RUNS, DONE)

    def swap() -> None:
        table.other.rmdir()
        table.other.symlink_to(tmp_path)

    table.before_reply = swap
    async with table.open():
        assert (await table.run()).startswith(NOTHING)
    assert [policy.writable_roots for _, policy in table.launcher.launched] == [(str(table.work),)]


def granular(*, asked: bool) -> Granular:
    kinds = GranularAsk(
        sandbox_approval=not asked,
        rules=not asked,
        mcp_elicitations=not asked,
        skill_approval=not asked,
        request_permissions=asked,
    )
    return Granular(granular=kinds)


@pytest.mark.parametrize(
    ("policy", "asked"),
    [("never", 0), (granular(asked=False), 0), (granular(asked=True), 1), ("untrusted", 1)],
)
async def test_policy_decides_whether_anybody_is_asked(
    tmp_path: Path, policy: ApprovalPolicy, asked: int
) -> None:
    table = Table(tmp_path, asks(network=True), DONE)
    async with table.open():
        output = await table.run(policy)
    assert len(table.asked) == asked
    assert ("the approval policy lets nobody be asked" in output) == (asked == 0)


async def test_reviewer_model_never_grants(tmp_path: Path) -> None:
    table = Table(tmp_path, asks(network=True), RUNS, DONE)
    table.reviewer = "auto_review"
    async with table.open():
        assert "only a person may grant permissions" in await table.run()
    assert (table.asked, table.opened(), len(table.model.prompts)) == ([], [(False, False)], 3)


async def test_what_commands_may_do_already_is_not_asked_about(tmp_path: Path) -> None:
    inside = tmp_path / "work/new"
    table = Table(tmp_path, asks([str(inside)], read=["/etc"]), DONE)
    async with table.open():
        output = await table.run()
    assert table.asked == []
    assert output == (
        '{"permissions":{"network":null,"file_system":{"read":["/etc"],"write":null}},"scope":"turn",'
        '"reason":"commands may do that already"}'
    )


@pytest.mark.parametrize(
    "given",
    [
        asks([]),
        asks(["/x"] * 9),
        asks(["/nowhere"]),
        asks(["a\x00b"]),
        answer(calls("request_permissions", {"permissions": {"network": "on"}}, call_id="p")),
    ],
)
async def test_request_that_makes_no_sense_is_not_put(tmp_path: Path, given: Any) -> None:
    table = Table(tmp_path, given, DONE)
    async with table.open():
        output = await table.run()
    assert (table.asked, output.startswith(NOTHING)) == ([], False)
    assert ":" in output
