"""What begins with `/`: one method and one row a command.

A command talks through the client and shows lines; it returns what to say to the agent next, mostly nothing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from journeyman.plain.budgets import budget_lines
from journeyman.plain.grants import grant_lines
from journeyman.plain.talk import Talk
from journeyman.protocol import threads
from journeyman.protocol.code_review import (
    BaseBranch,
    CommitTarget,
    CustomReview,
    ReviewStartParams,
    ReviewStartResponse,
    ReviewTarget,
    UncommittedChanges,
)
from journeyman.protocol.connection import Empty
from journeyman.protocol.items import TextInput, UserInput
from journeyman.protocol.permission_requests import (
    GrantsReadParams,
    GrantsReadResponse,
    GrantsRevokeParams,
)
from journeyman.protocol.permissions import (
    DangerFullAccess,
    ReadOnly,
    SandboxPolicy,
    WorkspaceWrite,
    sandbox_mode,
)
from journeyman.protocol.spending import Spending
from journeyman.protocol.thread_settings import ThreadCompactStartParams
from journeyman.protocol.thread_shelf import ThreadSetNameParams
from journeyman.protocol.undo import UndoParams, UndoResponse
from journeyman.transcript.diffs import hunk_lines
from journeyman.transcript.transcript import dollars
from journeyman.visible_text import folded, visible, visible_line

_THREADS_LISTED = 10
_CHANGES_SHOWN = 40
_VERBS = {
    "create": "bring back",
    "overwrite": "rewrite",
    "remove": "remove",
    "permissions": "chmod",
}
_POLICIES = ("untrusted", "on-request", "never")


class QuitError(Exception):
    """The user leaves; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        """Leave with this code."""
        super().__init__(code)
        self.code = code


class UsageError(Exception):
    """What was written after a command means nothing; the text says what would."""


class Commands:
    """The commands of one face."""

    def __init__(
        self,
        talk: Talk,
        say: Callable[[str], None],
        confirm: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Act on `talk`; `say` shows a line of the face's own, `confirm` asks for a yes."""
        self._talk = talk
        self._say = say
        self._confirm = confirm
        self._listed: list[threads.Thread] = []

    async def run(self, line: str) -> list[UserInput]:
        """Run a line that begins with `/`; returns what to say to the agent next.

        Raises:
            QuitError: the user leaves.
            RpcError: the server refused.
        """
        return await self._run(line, beside=False)

    async def run_beside(self, line: str) -> list[UserInput]:
        """As `run`, while a turn runs."""
        return await self._run(line, beside=True)

    async def _run(self, line: str, *, beside: bool) -> list[UserInput]:
        name, _, argument = line[1:].strip().partition(" ")
        command = TABLE.get(name)
        if command is None:
            self._say(f"There is no /{visible_line(name)}; /help lists the commands.")
        elif beside and not command.beside:
            self._say(f"/{name} has to wait for the end of the turn; Ctrl-C stops it.")
        else:
            try:
                return await command.run(self, argument.strip()) or []
            except UsageError as error:
                self._say(f"/{name}: {error}")
        return []

    async def show_help(self, _argument: str) -> None:
        """List the commands."""
        width = max(map(len, TABLE))
        self._talk.view.lines([f"/{name:<{width}}  {row.words}" for name, row in TABLE.items()])

    async def show_status(self, _argument: str) -> None:
        """Show the thread's settings, and what changes with the next turn."""
        self._talk.view.header(self._talk.thread)
        for member, value in self._talk.changes.items():
            self._say(f"from the next turn on: {member} {visible_line(_words(value))}")
        read = GrantsReadParams(thread_id=self._talk.thread.thread.id)
        client = self._talk.client
        granted = await client.request("journeyman/grants/read", read, GrantsReadResponse)
        for line in grant_lines(granted):
            self._say(line)

    async def revoke(self, _argument: str) -> None:
        """Take back what was granted, and end the commands that run by it."""
        params = GrantsRevokeParams(thread_id=self._talk.thread.thread.id)
        await self._talk.client.request("journeyman/grants/revoke", params, GrantsReadResponse)
        self._say("Nothing is granted beyond the sandbox any more.")

    async def show_usage(self, _argument: str) -> None:
        """Show the tokens of this thread, and what they cost."""
        usage = self._talk.view.usage
        if usage is None:
            self._say("Nothing was asked of the model yet.")
            return
        total = usage.total
        cached = (
            f", {total.cached_input_tokens:,} of them cached" if total.cached_input_tokens else ""
        )
        lines = [
            f"input      {total.input_tokens:>12,}{cached}",
            f"output     {total.output_tokens:>12,}",
            f"reasoning  {total.reasoning_output_tokens:>12,}",
        ]
        if usage.model_context_window:
            share = 100 * usage.last.total_tokens / usage.model_context_window
            lines.append(f"context    {share:>11.0f}% of {usage.model_context_window:,}")
        if spent := self._talk.view.spent:
            lines.append(f"cost       {_cost(spent)}")
        self._talk.view.lines(lines)

    async def use_budget(self, argument: str) -> None:
        """Show what may be spent, or change it."""
        thread_id = self._talk.thread.thread.id
        try:
            lines = await budget_lines(self._talk.client, thread_id, argument)
        except ValueError as error:
            raise UsageError(str(error)) from error
        self._talk.view.lines(lines)

    async def show_diff(self, _argument: str) -> None:
        """Show what the last turn changed."""
        diff = self._talk.view.diff
        if not diff:
            self._say("No turn has changed a file since the thread was opened.")
            return
        lines = visible(diff).removesuffix("\n").split("\n")
        self._talk.view.lines(hunk_lines(lines, self._talk.look.style))

    async def use_model(self, argument: str) -> None:
        """Answer with another model."""
        if not argument:
            thread = self._talk.thread
            raise UsageError(f"it is {thread.model_provider}/{thread.model}; name another one")
        if "/" in argument:
            # A provider belongs to a thread for good: the talk goes on in a copy with another one.
            fork = threads.ThreadForkParams(thread_id=self._talk.thread.thread.id, model=argument)
            await self._talk.open_alike(fork)
            return
        self._change("model", argument)

    async def use_effort(self, argument: str) -> None:
        """Reason more, or less."""
        if not argument:
            now = self._talk.thread.reasoning_effort or "the model's own"
            raise UsageError(f"it is {now}; name another one, such as low, medium or high")
        self._change("effort", argument)

    async def use_sandbox(self, argument: str) -> None:
        """Change what commands may touch."""
        now = self._talk.thread.sandbox
        policies: dict[str, SandboxPolicy] = {
            "read-only": ReadOnly(),
            "workspace-write": now if isinstance(now, WorkspaceWrite) else WorkspaceWrite(),
            "danger-full-access": DangerFullAccess(),
        }
        if argument not in policies:
            raise UsageError(f"it is {sandbox_mode(now)}; choose one of {', '.join(policies)}")
        self._change("sandbox_policy", policies[argument])

    async def use_approvals(self, argument: str) -> None:
        """Change when the user is asked."""
        if argument not in _POLICIES:
            now = _words(self._talk.thread.approval_policy)
            raise UsageError(f"it is {now}; choose one of {', '.join(_POLICIES)}")
        self._change("approval_policy", argument)

    async def use_plan_mode(self, argument: str) -> list[UserInput]:
        """Only plan from the next turn on, beginning with these words; `off` ends it, `go` with the plan's work."""
        is_over = argument in {"off", "go"}
        self._talk.changes["collaboration_mode"] = "default" if is_over else "plan"
        self._say(f"From the next turn on: {'no plan mode' if is_over else 'plan mode'}.")
        said = "Carry out the plan." if argument == "go" else argument
        return [] if argument in {"", "off"} else [TextInput(text=said)]

    async def open_new(self, _argument: str) -> None:
        """Begin a new thread with the same settings."""
        thread = self._talk.thread
        await self._talk.open_alike(
            threads.ThreadStartParams(model=thread.model, model_provider=thread.model_provider)
        )

    async def open_recorded(self, argument: str) -> None:
        """List the threads of this directory, or go on with one."""
        if not argument:
            params = threads.ThreadListParams(limit=_THREADS_LISTED, cwd=self._talk.thread.cwd)
            self._listed = (await self._talk.client.thread_list(params)).data
            self._talk.view.lines(
                [
                    f"{number:>3}  {_day_and_time(thread.updated_at)}  {_title(thread)}"
                    for number, thread in enumerate(self._listed, 1)
                ]
            )
            self._say("/resume N goes on with one of them.")
            return
        if argument.isdecimal() and len(argument) <= len(str(_THREADS_LISTED)):
            if not 0 < int(argument) <= len(self._listed):
                raise UsageError(f"there is no {argument} in the list; /resume alone shows it")
            argument = self._listed[int(argument) - 1].id
        await self._talk.open(threads.ThreadResumeParams(thread_id=argument))

    async def open_copy(self, _argument: str) -> None:
        """Go on in a copy of this thread."""
        thread_id = self._talk.thread.thread.id
        await self._talk.open_alike(threads.ThreadForkParams(thread_id=thread_id))

    async def undo(self, argument: str) -> None:
        """Bring back what the last turn did to files, after a look; `talk` forgets the turn as well."""
        if argument not in {"", "talk"}:
            raise UsageError("write it alone, or /undo talk to forget the turn as well")
        params = UndoParams(thread_id=self._talk.thread.thread.id, talk=bool(argument))
        look = msgspec.structs.replace(params, dry_run=True)
        would = await self._talk.client.request("journeyman/undo", look, UndoResponse)
        shown = would.changes[:_CHANGES_SHOWN]
        self._talk.view.lines([f"{_VERBS[it.kind]:<10} {visible_line(it.path)}" for it in shown])
        if len(would.changes) > len(shown):
            self._say(f"... and {len(would.changes) - len(shown)} more")
        if not would.changes and not argument:
            self._say("The files are as they were before the last turn that changed them.")
        elif await self._confirm("Go on?"):
            done = await self._talk.client.request("journeyman/undo", params, UndoResponse)
            self._say(f"Done. To take this back: jm undo {done.way_back}")
        else:
            self._say("Nothing was changed.")

    async def review(self, argument: str) -> None:
        """Have a change read with fresh eyes: the uncommitted one, a branch's, a commit's, or as the words say."""
        params = ReviewStartParams(
            thread_id=self._talk.thread.thread.id, target=_review_target(argument)
        )
        await self._talk.begin("review/start", params, ReviewStartResponse)

    async def compact(self, _argument: str) -> None:
        """Let a summary take the place of the history."""
        params = ThreadCompactStartParams(thread_id=self._talk.thread.thread.id)
        await self._talk.begin("thread/compact/start", params)

    async def rename(self, argument: str) -> None:
        """Name the thread."""
        if not argument:
            raise UsageError("say how it is to be called")
        params = ThreadSetNameParams(thread_id=self._talk.thread.thread.id, name=argument)
        await self._talk.client.request("thread/name/set", params, Empty)
        self._say(f"The thread is called {visible_line(argument)}.")

    async def leave(self, _argument: str) -> None:
        """Leave."""
        raise QuitError(0)

    def _change(self, member: str, value: object) -> None:
        self._talk.changes[member] = value
        self._say(f"From the next turn on: {visible_line(_words(value))}.")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command: what it does, and whether it can be used while a turn runs."""

    run: Callable[[Commands, str], Awaitable[list[UserInput] | None]]
    words: str
    beside: bool = False


TABLE: Mapping[str, Command] = {
    "help": Command(run=Commands.show_help, words="list the commands", beside=True),
    "status": Command(run=Commands.show_status, words="thread and settings", beside=True),
    "usage": Command(run=Commands.show_usage, words="tokens used, and their cost", beside=True),
    "budget": Command(
        run=Commands.use_budget,
        words="[SCOPE KEY AMOUNT]  what may be spent; as in turn steps 50",
        beside=True,
    ),
    "diff": Command(run=Commands.show_diff, words="what the last turn changed", beside=True),
    "model": Command(run=Commands.use_model, words="[PROVIDER/]NAME  answer with this model"),
    "effort": Command(run=Commands.use_effort, words="LEVEL  how much the model reasons"),
    "sandbox": Command(run=Commands.use_sandbox, words="MODE  what commands may touch"),
    "revoke": Command(
        run=Commands.revoke, words="take back what you granted when asked", beside=True
    ),
    "approvals": Command(run=Commands.use_approvals, words="POLICY  when you are asked"),
    "plan": Command(
        run=Commands.use_plan_mode, words="[TEXT | go | off]  only plan, then carry it out"
    ),
    "review": Command(
        run=Commands.review, words="[base BRANCH | commit SHA | TEXT]  review a change"
    ),
    "compact": Command(run=Commands.compact, words="summarise the history to free the context"),
    "name": Command(run=Commands.rename, words="TEXT  name this thread", beside=True),
    "undo": Command(run=Commands.undo, words="[talk]  bring back what the last turn changed"),
    "new": Command(run=Commands.open_new, words="begin a new thread"),
    "resume": Command(run=Commands.open_recorded, words="[N]  list threads, or go on with one"),
    "fork": Command(run=Commands.open_copy, words="go on in a copy of this thread"),
    "quit": Command(run=Commands.leave, words="leave", beside=True),
}


def _cost(spent: Spending) -> str:
    amount = "unknown" if spent.cost_usd is None else dollars(spent.cost_usd)
    unpriced = spent.unpriced_requests if spent.cost_usd is not None else 0
    return f"{amount:>12}" + (f", and {unpriced} requests of unknown price" if unpriced else "")


def _review_target(argument: str) -> ReviewTarget:
    kind, _, name = argument.partition(" ")
    match kind, name.strip():
        case "", _:
            return UncommittedChanges()
        case "base", name if name:
            return BaseBranch(branch=name)
        case "commit", name if name:
            return CommitTarget(sha=name)
        case _:
            return CustomReview(instructions=argument)


def _day_and_time(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _title(thread: threads.Thread) -> str:
    return visible_line(folded(thread.name or thread.preview))[:90] or thread.id


def _words(value: object) -> str:
    match value:
        case DangerFullAccess() | ReadOnly() | WorkspaceWrite():
            return sandbox_mode(value)
        case str():
            return value
        case _:
            return "granular"
