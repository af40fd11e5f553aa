"""The loop of the line-mode face: read a line, run a turn or a command, answer questions, steer, interrupt.

Invariant: one thing reads the console at a time, and a question of the server goes before everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from journeyman.plain import approvals as questions
from journeyman.plain import forms
from journeyman.plain.commands import Commands, QuitError
from journeyman.plain.console import Console, InputEndedError, LineAbortedError
from journeyman.plain.grants import permissions_answer, permissions_question
from journeyman.plain.inbox import Asked, Inbox
from journeyman.plain.talk import Opening, Talk
from journeyman.plain.user_input import answer_of, question_lines
from journeyman.protocol import approvals
from journeyman.protocol.items import TextInput, UserInput
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.mcp import ElicitationParams, ElicitationResponse, is_about_tool
from journeyman.protocol.permission_requests import PermissionsApprovalParams
from journeyman.protocol.user_input import UserInputAnswer, UserInputParams, UserInputResponse
from journeyman.visible_text import visible

ResultT = TypeVar("ResultT")

_PROMPT = "> "
_STEER = "to the running turn> "
# A question longer than the screen has scrolled away at its top: one key is too easy an answer.
_WORD_FOR_LONG = "accept"


class PlainFace:
    """One run of the face."""

    def __init__(self, talk: Talk, console: Console, inbox: Inbox) -> None:
        """Read from `console`; `inbox` gets the questions that come to the talk's client."""
        self._talk = talk
        self._console = console
        self._inbox = inbox
        self._commands = Commands(talk, self._say, self._confirmed)
        self._next_input: list[UserInput] = []

    async def run(self, opening: Opening, first: list[UserInput]) -> int:
        """Talk until the user leaves; returns the exit code.

        Args:
            opening: the thread to begin with.
            first: what to say first; empty leaves that to the user.

        Raises:
            RpcError: the first thread cannot be opened, or the connection was lost.
        """
        await self._talk.open(opening)
        self._next_input = first
        following = asyncio.create_task(self._follow())
        watching = asyncio.create_task(self._watch_silence())
        talking = asyncio.create_task(self._converse())
        tasks = (talking, following, watching)
        try:
            await asyncio.wait({talking, following}, return_when=asyncio.FIRST_COMPLETED)
            return talking.result() if talking.done() else _lost(following)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self) -> None:
        async for notification in self._talk.client.notifications():
            self._talk.hear(notification)

    async def _watch_silence(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._talk.show_silence()

    async def _converse(self) -> int:
        self._say(
            "Type what to do, or !COMMAND to run one yourself; /help lists the commands, Ctrl-D leaves."
        )
        while True:
            try:
                await self._one_input()
            except QuitError as quit_:
                return quit_.code

    async def _one_input(self) -> None:
        user_input, self._next_input = self._next_input, []
        try:
            if user_input:
                await self._run_turn(user_input)
                return
            line = await self._read_input()
            if line.strip() == "!":
                self._say("Write the command after the !, as in !git status.")
            elif line.startswith("/"):
                self._next_input = await self._commands.run(line)
                await self._while_running()
            elif line.startswith("!"):
                await self._talk.run_command(line[1:].strip())
                await self._while_running()
            elif line.strip():
                await self._run_turn([TextInput(text=line)])
        except RpcError as error:
            self._complain(error.message)

    async def _read_input(self) -> str:
        unread, self._talk.unread = self._talk.unread, []
        if unread:
            self._say("The turn ended before the model got this; Enter sends it, Ctrl-C drops it:")
        try:
            return await self._read_line(_PROMPT, "\n".join(unread))
        except InputEndedError:
            raise QuitError(0) from None
        except LineAbortedError:
            if unread:
                return ""
        self._say("Nothing runs. Ctrl-C again, Ctrl-D or /quit leaves.")
        try:
            return await self._read_line(_PROMPT)
        except (InputEndedError, LineAbortedError):
            raise QuitError(0) from None

    async def _run_turn(self, user_input: list[UserInput]) -> None:
        await self._talk.start_turn(user_input)
        await self._while_running()

    async def _while_running(self) -> None:
        """Take keys while a turn runs: the first Ctrl-C interrupts it, the second leaves."""
        interrupting: asyncio.Task[None] | None = None
        while not self._talk.settled.is_set():
            try:
                if await self._attended(self._typing_or_end):
                    await self._steer()
            except LineAbortedError:
                if interrupting is not None:
                    raise QuitError(130) from None
                self._say("Stopping. Ctrl-C again leaves at once.")
                interrupting = asyncio.create_task(self._talk.interrupt())
            except InputEndedError:
                await self._talk.interrupt()
                raise QuitError(1) from None
        if interrupting is not None:
            await interrupting

    async def _typing_or_end(self) -> bool:
        """Whether the user began to type, before the turn settled."""
        typing = asyncio.create_task(self._console.wait_typing())
        settled = asyncio.create_task(self._talk.settled.wait())
        if not await _race(typing, settled) or self._talk.settled.is_set():
            return False
        typing.result()
        return True

    async def _steer(self) -> None:
        try:
            line = await self._read_line(_STEER)
        except (LineAbortedError, InputEndedError):
            return  # only the line is given up
        if line.startswith("/"):
            self._next_input = await self._commands.run_beside(line)
        elif line.strip() and not await self._talk.steer(line):
            self._next_input = [TextInput(text=line)]

    async def _read_line(self, prompt: str, text: str = "") -> str:
        async def read() -> str:
            nonlocal text
            try:
                return await self._console.read_line(prompt, text)
            except asyncio.CancelledError:
                text = self._console.unfinished  # a question comes first, then it goes on
                raise

        return await self._attended(read)

    async def _attended(self, read: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The result of `read`, which is broken off and begun anew whenever a question comes."""
        while True:
            while (asked := self._inbox.take()) is not None:
                await self._answer(asked)
            reading = asyncio.ensure_future(read())
            arrived = asyncio.create_task(self._inbox.arrived.wait())
            if await _race(reading, arrived):
                return reading.result()

    async def _answer(self, asked: Asked) -> None:
        deciding = asyncio.create_task(self._decide(asked.params))
        self._talk.waits_for_user = True
        try:
            await asyncio.wait({deciding, asked.answer}, return_when=asyncio.FIRST_COMPLETED)
            if asked.answer.done():
                self._say("The question was withdrawn.")
            elif (error := deciding.exception()) is not None:
                asked.answer.set_exception(error)
            else:
                asked.answer.set_result(deciding.result())
        finally:
            self._talk.waits_for_user = False
            deciding.cancel()
            await asyncio.gather(deciding, return_exceptions=True)

    async def _decide(self, params: msgspec.Struct) -> msgspec.Struct:
        style = self._talk.look.style
        match params:
            case approvals.CommandApprovalParams():
                choice = questions.command_question(params, style)
                return questions.command_answer(params, await self._choose(choice))
            case approvals.FileChangeApprovalParams():
                changes = self._talk.view.changes.get(params.item_id, ())
                choice = questions.change_question(params, changes, style)
                return questions.change_answer(await self._choose(choice))
            case PermissionsApprovalParams():
                decision = await self._choose(permissions_question(params, style))
                if decision == "cancel":
                    await self._talk.interrupt()
                return permissions_answer(params, decision)
            case ElicitationParams() if is_about_tool(params):
                return questions.mcp_answer(
                    await self._choose(questions.mcp_question(params, style))
                )
            case ElicitationParams():
                return await self._fill_in(params)
            case UserInputParams():
                return await self._ask_each(params)
            case _:
                raise RpcError("this face cannot show such a question")

    async def _ask_each(self, params: UserInputParams) -> UserInputResponse:
        """The answers to the model's questions; Ctrl-C and the end of input leave all of them open."""
        answers: dict[str, UserInputAnswer] = {}
        for question in params.questions:
            self._talk.view.lines(question_lines(question, self._talk.look.style))
            try:
                line = await self._console.read_line("answer> ")
            except (LineAbortedError, InputEndedError):
                raise RpcError("the user does not answer") from None
            answers[question.id] = answer_of(question, line)
        return UserInputResponse(answers=answers)

    async def _fill_in(self, params: ElicitationParams) -> ElicitationResponse:
        """What the user types into a form of an MCP server; keys before and after say whether it is sent."""
        fields = forms.fields_of(params.requested_schema)
        if fields is None:
            self._say("An MCP server asked for something that cannot be typed here: declined.")
            return ElicitationResponse(action="decline")
        style = self._talk.look.style
        decision = await self._choose(forms.form_question(params, fields, style))
        content: dict[str, Any] = {}
        try:
            for field in fields if decision == "accept" else ():
                if (value := await self._typed_into(field)) is not None:
                    content[field.name] = value
        except (LineAbortedError, InputEndedError):
            return ElicitationResponse(action="cancel")
        if content:
            decision = await self._choose(forms.content_question(content, style))
        answer = msgspec.convert({"action": decision}, ElicitationResponse)
        is_sent = decision == "accept"
        return msgspec.structs.replace(answer, content=content) if is_sent else answer

    async def _typed_into(self, field: forms.Field) -> Any:
        self._talk.view.lines(forms.field_lines(field, self._talk.look.style))
        while True:
            line = await self._console.read_line("answer> ")
            try:
                return forms.value_of(field, line)
            except forms.FieldError as error:
                self._complain(str(error))

    async def _choose(self, choice: questions.Choice) -> str:
        """The decision that a key stands for; leaving or Ctrl-C is `cancel`."""
        keys = [f"  [{key}] {words}" for key, words in choice.keys.items()]
        self._talk.view.lines([*choice.lines, *keys])
        rows = rows_of([*choice.lines, *keys], self._console.width)
        while True:
            try:
                key = (await self._console.read_key()).lower()
            except (LineAbortedError, InputEndedError):
                return "cancel"
            if key not in choice.keys:
                self._say(f"Press one of: {', '.join(choice.keys)}")
                continue
            decision = choice.decision(key)
            is_long = rows >= self._console.height
            if is_long and decision.startswith("accept") and not await self._affirmed(rows):
                continue
            self._say(choice.keys[key])
            return decision

    async def _affirmed(self, rows: int) -> bool:
        self._say(f"This has {rows} lines, more than the screen shows. Scroll up and read them.")
        try:
            word = await self._console.read_line(f"type {_WORD_FOR_LONG} to go on: ")
        except (LineAbortedError, InputEndedError):
            return False
        return word.strip() == _WORD_FOR_LONG

    async def _confirmed(self, question: str) -> bool:
        self._talk.view.lines([f"{question} [y] yes, any other key: no"])
        try:
            return (await self._attended(self._console.read_key)).lower() == "y"
        except (LineAbortedError, InputEndedError):
            return False

    def _say(self, text: str) -> None:
        self._talk.view.lines([self._talk.look.style.quiet(text)])

    def _complain(self, message: str) -> None:
        self._talk.view.lines([self._talk.look.style.bad(f"error: {visible(message)}")])


def rows_of(lines: Sequence[str], width: int) -> int:
    """How many rows of a terminal of that width the lines take, or a few more."""
    cells = (sum(_cells(character) for character in line) for line in lines)
    return sum(max(1, -(-count // max(1, width))) for count in cells)


def _cells(character: str) -> int:
    if character == "\t":
        return 8
    return 1 if character.isascii() else 2  # some are wide, and none is wider


async def _race(wanted: asyncio.Future[Any], other: asyncio.Future[Any]) -> bool:
    """Wait for one of them and cancel the rest; whether `wanted` is done, maybe both are."""
    futures = {wanted, other}
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        return wanted.done()
    finally:
        pending = {future for future in futures if not future.done()}
        for future in pending:
            future.cancel()
        if pending:
            await asyncio.wait(pending)


def _lost(following: asyncio.Task[None]) -> int:
    following.result()
    raise RpcError("the server closed the connection")
