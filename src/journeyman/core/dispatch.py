"""One tool call from the model's words to its output: prepare, approve, choose the sandbox, run, escalate.

Whatever happens, every call of a step gets exactly one output in the history, and every item that began is
settled, before `run_calls` returns or raises. An item that outlives its call is settled by its tool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from itertools import groupby

import msgspec

from journeyman.core.approvals import Ruling, TurnCancelledError
from journeyman.core.exec_policy import is_known_harmless
from journeyman.core.guards import Guards
from journeyman.core.journal import Journal
from journeyman.core.network_approvals import CallNetwork
from journeyman.core.plan_mode import refusal
from journeyman.core.settings import ThreadSettings
from journeyman.core.turn_hooks import Refusal
from journeyman.protocol import events
from journeyman.protocol.foreign_json import read_json
from journeyman.protocol.history import (
    Content,
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCallOutput,
    ToolCallItem,
    called_name,
)
from journeyman.protocol.items import CommandExecutionItem, FileChangeItem, ThreadItem
from journeyman.protocol.mcp import McpToolCallProgressNotification
from journeyman.sandbox.api import Command, ConfinementError, Launcher, Process
from journeyman.sandbox.deny_read import ReadDenials
from journeyman.sandbox.policy import UNCONFINED, Policy, policy_of
from journeyman.tools.api import (
    FilesChanged,
    Invocation,
    OutputDelta,
    PermissionsRequest,
    PlanChanged,
    Progressed,
    Scope,
    ToolCall,
    ToolError,
    ToolEvent,
    ToolOutput,
    Typed,
)
from journeyman.tools.registry import ToolRegistry
from journeyman.workspace.api import Checkpoints, Moment
from journeyman.workspace.neutral_git import neutral

ABORTED = "aborted by the user before it ran"
FileChanges = Sequence[tuple[str, bytes | None, bytes | None]]


class Dispatch:
    """Runs the tool calls of one thread."""

    def __init__(
        self,
        journal: Journal,
        registry: ToolRegistry,
        launcher: Launcher,
        guards: Guards,
        *,
        checkpoints: Checkpoints,
        on_files_changed: Callable[[FileChanges], None],
    ) -> None:
        """Join the parts; `on_files_changed` keeps the turn's diff."""
        self._checkpoints = checkpoints
        self._journal = journal
        self._registry = registry
        self._launcher = launcher
        self._denials = ReadDenials(())
        self._guards = guards
        self._on_files_changed = on_files_changed

    def _scope(self, settings: ThreadSettings) -> Scope:
        policy, env, cwd = self._policy(settings), settings.command_env, settings.cwd
        return Scope(
            cwd=cwd,
            env=env,
            writable_roots=policy.writable_roots,
            confined=policy.confined,
            max_output_tokens=settings.limits.tool_output_tokens,
            may_read=self._denials.reader(policy, env, cwd),
        )

    def _policy(self, settings: ThreadSettings) -> Policy:
        rules = settings.network_rules, settings.command_rules
        policy = policy_of(settings.sandbox, settings.cwd, *rules)
        return self._guards.grants.widened(policy, settings)

    def expect_calls(self, settings: ThreadSettings) -> None:
        """The model is asked now: what calls that change files wait for may begin."""
        if _can_write(self._policy(settings)):
            self._checkpoints.prepare(settings.cwd)

    async def run_calls(self, calls: Sequence[ToolCallItem], settings: ThreadSettings) -> None:
        """Run a step's calls in order, neighbours at once where their tools allow it.

        Raises:
            TurnCancelledError: the user ended the turn; the calls not yet run are answered as aborted.
        """
        answered: set[str] = set()
        try:
            for parallel, group in groupby(
                calls, lambda call: self._registry.parallel(called_name(call))
            ):
                if parallel:
                    await _all([self._run_call(call, settings, answered) for call in group])
                    continue
                for call in group:
                    await self._run_call(call, settings, answered)
        finally:
            for call in calls:
                if call.call_id not in answered:
                    self._answer(call, ABORTED, answered)

    async def _run_call(
        self, call: ToolCallItem, settings: ThreadSettings, answered: set[str]
    ) -> None:
        wanted = await self._guards.hooks.before_tool(call)
        if isinstance(wanted, Refusal):
            self._answer(call, wanted.text, answered)
            return
        try:
            invocation = self._registry.prepare(_parse(wanted), self._scope(settings))
        except ToolError as error:
            self._answer(call, str(error), answered)
            return
        if invocation.item is not None:
            self._journal.start_item(invocation.item)
        try:
            output = await self._decide_and_run(wanted, invocation, settings)
        except TurnCancelledError:
            self._settle(call, invocation.refused("aborted by the user"), answered)
            raise
        except asyncio.CancelledError:
            self._settle(call, invocation.interrupted(), answered)
            raise
        self._settle(call, output, answered)

    async def _decide_and_run(
        self, call: ToolCallItem, invocation: Invocation, settings: ThreadSettings
    ) -> ToolOutput:
        need, ruling = invocation.need, Ruling(allowed=True)
        planning = settings.mode == "plan"
        if planning and (why := refusal(need, mutates=invocation.mutates)) is not None:
            return invocation.refused(why)
        if need is not None and need.mcp_call is not None:
            item_id = invocation.item.id if invocation.item else ""
            ruling = await self._guards.mcp.rule(need.mcp_call, item_id, settings)
        elif need is not None:
            ruling = await self._guards.approvals.rule(need, invocation.item, settings)
        if not ruling.allowed:
            return invocation.refused(ruling.reason)
        output = await self._run(invocation, settings, ruling)
        if output.denied and need is not None and not ruling.unconfined:
            ruling = await self._guards.approvals.rule_after_denial(need, invocation.item, settings)
            if ruling.allowed:
                output = await self._run(invocation, settings, ruling)
        content = await self._guards.hooks.after_tool(call, output)
        return msgspec.structs.replace(output, content=content)

    async def _run(
        self, invocation: Invocation, settings: ThreadSettings, ruling: Ruling
    ) -> ToolOutput:
        unconfined = ruling.unconfined and settings.mode != "plan"
        policy = UNCONFINED if unconfined else self._policy(settings)
        if ruling.git and policy.writable_roots:
            policy = msgspec.structs.replace(policy, git_of=settings.cwd)
        network = self._guards.network.of_call(invocation.item, settings)
        if _may_change_files(invocation, policy):
            await self._take_checkpoint(invocation, settings.cwd)
        try:
            context = _Context(self, invocation.item, settings, policy=policy, network=network)
            output = await invocation.run(context)
            return network.explained(output)
        except ToolError as error:
            return msgspec.structs.replace(invocation.refused(str(error)), content=str(error))
        except ConfinementError as error:
            self._journal.warn(f"The command was not run: {error}")
            return invocation.refused(f"not run (exit code 125): {error}")

    async def _take_checkpoint(self, invocation: Invocation, cwd: str) -> None:
        item = invocation.item
        moment = Moment(
            cwd=cwd,
            thread_id=self._journal.thread_id,
            turn_id=self._journal.turn_id,
            call_id=item.id if item else "",
            reason=_reason(invocation),
        )
        for warning in await self._checkpoints.take(moment):
            self._journal.warn(warning)

    def _settle(self, call: ToolCallItem, output: ToolOutput, answered: set[str]) -> None:
        # The output first: a program killed in between must not have told of a call it then forgets.
        self._answer(call, output.content, answered)
        if output.item is not None:
            self._journal.complete_item(output.item)

    def _answer(self, call: ToolCallItem, content: str | list[Content], answered: set[str]) -> None:
        if isinstance(call, CustomToolCall):
            item = CustomToolCallOutput(call_id=call.call_id, output=content)
        else:
            item = FunctionCallOutput(call_id=call.call_id, output=content)
        self._journal.add_to_history(item)
        answered.add(call.call_id)

    async def launch(self, command: Command, policy: Policy, network: CallNetwork) -> Process:
        """Start a command for a running invocation."""
        if policy.git_of is not None:
            command = neutral(command)
        process = await self._launcher.launch(command, policy, network)
        if policy.confined:
            self._guards.grants.started(process)
        return process

    async def request_permissions(
        self, request: PermissionsRequest, settings: ThreadSettings
    ) -> tuple[str, bool]:
        """Ask for a running invocation."""
        return await self._guards.requests.put(request, self._policy(settings), settings)

    async def end_turn(self) -> None:
        """Take back what was granted for the turn."""
        await self._guards.grants.end_turn()

    def tell(self, event: ToolEvent, item: ThreadItem | None) -> None:
        """Pass on what a running invocation tells the user."""
        journal = self._journal
        match event:
            case OutputDelta(text):
                if isinstance(item, CommandExecutionItem):
                    journal.notify(
                        events.CommandOutputDeltaNotification(
                            thread_id=journal.thread_id,
                            turn_id=journal.turn_id,
                            item_id=item.id,
                            delta=text,
                        )
                    )
            case PlanChanged(plan, explanation):
                journal.notify(
                    events.TurnPlanUpdatedNotification(
                        thread_id=journal.thread_id,
                        turn_id=journal.turn_id,
                        plan=plan,
                        explanation=explanation,
                    )
                )
            case FilesChanged(changes):
                self._on_files_changed(changes)
            case Typed(command, text):
                journal.notify(
                    events.TerminalInteractionNotification(
                        thread_id=journal.thread_id,
                        turn_id=journal.turn_id,
                        item_id=command.item_id,
                        process_id=str(command.number),
                        stdin=text,
                    )
                )
            case Progressed(message):
                if item is not None:
                    journal.notify(
                        McpToolCallProgressNotification(
                            thread_id=journal.thread_id,
                            turn_id=journal.turn_id,
                            item_id=item.id,
                            message=message,
                        )
                    )

    def keep_output(self, item: ThreadItem | None, limit_bytes: int) -> Callable[[bytes], None]:
        """Begin to keep what a running invocation's command prints; see `Journal.keep_output`."""
        return self._journal.keep_output(item.id if item else "", limit_bytes)

    def settle_item(self, item: ThreadItem) -> None:
        """Complete an item that outlived its call."""
        self._journal.complete_item(item)


class _Context:
    """What one running invocation may use."""

    def __init__(
        self,
        dispatch: Dispatch,
        item: ThreadItem | None,
        settings: ThreadSettings,
        *,
        policy: Policy,
        network: CallNetwork,
    ) -> None:
        self._dispatch = dispatch
        self._item = item
        self._policy = policy
        self._network = network
        self._settings = settings

    async def launch(self, command: Command) -> Process:
        return await self._dispatch.launch(command, self._policy, self._network)

    def emit(self, event: ToolEvent) -> None:
        self._dispatch.tell(event, self._item)

    def keep_output(self) -> Callable[[bytes], None]:
        return self._dispatch.keep_output(self._item, self._settings.limits.kept_output_bytes)

    def settle_item(self, item: ThreadItem) -> None:
        self._dispatch.settle_item(item)

    async def request_permissions(self, request: PermissionsRequest) -> tuple[str, bool]:
        return await self._dispatch.request_permissions(request, self._settings)


def _parse(call: ToolCallItem) -> ToolCall:
    if isinstance(call, CustomToolCall):
        return ToolCall(call_id=call.call_id, name=call.name, text=call.input)
    name = called_name(call)
    try:
        arguments = msgspec.convert(read_json(call.arguments or "{}"), dict[str, object])
    except msgspec.DecodeError as error:
        message = (
            f"the arguments of {name} are not a JSON object ({error}); send the call again, whole"
        )
        raise ToolError(message) from error
    return ToolCall(call_id=call.call_id, name=name, arguments=arguments)


def _can_write(policy: Policy) -> bool:
    return not policy.confined or bool(policy.writable_roots)


def _may_change_files(invocation: Invocation, policy: Policy) -> bool:
    need = invocation.need
    if not invocation.mutates or (need is not None and is_known_harmless(need.argv)):
        return False
    # Without a need it goes to a command that runs already, under a policy of its own.
    return need is None or _can_write(policy)


def _reason(invocation: Invocation) -> str:
    need, item = invocation.need, invocation.item
    if need is not None and need.argv:
        return need.argv[-1]
    if isinstance(item, FileChangeItem):
        return "change " + ", ".join(change.path for change in item.changes)
    return "input for a running command"


async def _all(runs: Sequence[Coroutine[None, None, None]]) -> None:
    """Run all; when one raises, cancel the others and wait until they have settled."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
