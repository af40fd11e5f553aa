"""thread/*: what a client asks of a loaded thread beside turns: settings, history, commands, compaction."""

from __future__ import annotations

from typing import Any, cast

from journeyman.core.fragments import approved_plan
from journeyman.protocol import terminals
from journeyman.protocol import thread_settings as settings
from journeyman.protocol.connection import Empty
from journeyman.protocol.history import decode_history_item
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.turns import SettingsChange
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of


async def update_settings(call: Call, params: settings.ThreadSettingsUpdateParams) -> None:
    """Change what the next turns run with; thread/settings/updated follows."""
    thread = call.manager.get(params.thread_id)
    call.reply(Empty())
    thread.change_settings(params)


async def update_turn(call: Call, params: settings.TurnSettingsUpdateParams) -> None:
    """Change what the running turn asks with."""
    change = SettingsChange(
        model=params.model,
        effort=params.effort,
        summary=params.summary,
        approvals_reviewer=params.approvals_reviewer,
    )
    applied = call.manager.get(params.thread_id).change_turn(params.turn_id, change)
    status = "applied" if applied else "targetUnavailable"
    call.reply(settings.TurnSettingsUpdateResponse(status=status))


async def inject_items(call: Call, params: settings.ThreadInjectItemsParams) -> None:
    """Add items to what the model sees."""
    thread = call.manager.get(params.thread_id)
    if not params.items:
        message = "items must not be empty"
        raise RpcError(message)
    for number, item in enumerate(params.items):
        if not isinstance(item, dict) or not isinstance(cast("Any", item).get("type"), str):
            message = f"items[{number}] is not a valid response item: it needs a `type`"
            raise RpcError(message)
    thread.inject([decode_history_item(item) for item in params.items])
    call.reply(Empty())


async def prepare_plan(call: Call, params: settings.ThreadPrepareApprovedPlanParams) -> None:
    """Add an approved plan to what the model sees."""
    thread = call.manager.get(params.thread_id)
    if not params.markdown.strip():
        raise RpcError("the approved plan is empty")
    thread.inject([approved_plan(params.markdown)])
    call.reply(settings.ThreadPrepareApprovedPlanResponse(prompt="Carry out the approved plan."))


async def compact(call: Call, params: settings.ThreadCompactStartParams) -> None:
    """Compact the history in a turn of its own; answered before its first notification."""
    thread = call.manager.get(params.thread_id)
    with call.subscription(params.thread_id).held():
        await thread.compact()
        call.reply(Empty())


async def run_command(call: Call, params: settings.ThreadShellCommandParams) -> None:
    """Run a command of the user's in a turn of its own; answered before its first notification."""
    thread = call.manager.get(params.thread_id)
    if not params.command.strip():
        message = "command must not be empty"
        raise RpcError(message)
    seconds = params.timeout_ms / 1000 if params.timeout_ms else None
    with call.subscription(params.thread_id).held():
        await thread.run_user_command(params.command, seconds=seconds)
        call.reply(Empty())


async def list_terminals(call: Call, params: terminals.ThreadBackgroundTerminalsListParams) -> None:
    """The commands that turns left running."""
    running = call.manager.get(params.thread_id).commands.running()
    page = page_of(running, cursor=params.cursor, limit=params.limit)
    call.reply(
        terminals.ThreadBackgroundTerminalsListResponse(
            data=[
                terminals.ThreadBackgroundTerminal(
                    item_id=command.item_id,
                    process_id=str(command.number),
                    command=command.command,
                    cwd=command.cwd,
                )
                for command in page.data
            ],
            next_cursor=page.next_cursor,
        )
    )


async def end_terminal(
    call: Call, params: terminals.ThreadBackgroundTerminalsTerminateParams
) -> None:
    """End one command."""
    commands = call.manager.get(params.thread_id).commands
    if not (params.process_id.isascii() and params.process_id.isdecimal()):
        message = f"invalid background terminal process id: {params.process_id}"
        raise RpcError(message)
    ended = await commands.end(int(params.process_id[:18]))
    call.reply(terminals.ThreadBackgroundTerminalsTerminateResponse(terminated=ended))


async def end_terminals(call: Call, params: terminals.ThreadBackgroundTerminalsCleanParams) -> None:
    """End all commands."""
    commands = call.manager.get(params.thread_id).commands
    for command in list(commands.running()):
        await commands.end(command.number)
    call.reply(Empty())


HANDLERS: dict[str, Handler] = {
    "thread/backgroundTerminals/clean": end_terminals,
    "thread/backgroundTerminals/list": list_terminals,
    "thread/backgroundTerminals/terminate": end_terminal,
    "thread/compact/start": compact,
    "thread/inject_items": inject_items,
    "thread/prepareApprovedPlan": prepare_plan,
    "thread/settings/update": update_settings,
    "thread/shellCommand": run_command,
    "turn/settings/update": update_turn,
}
