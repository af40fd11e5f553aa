"""A console whose user is scripted: what is typed, and after what was shown."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Literal

import msgspec

from journeyman.plain.console import InputEndedError, LineAbortedError


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the user does, once the screen holds `after`; `starts` is the first key of a line."""

    kind: Literal["line", "key", "starts", "ctrl-c", "ctrl-d"]
    text: str = ""
    after: str = ""


def line(text: str, after: str = "") -> Typed:
    return Typed(kind="line", text=text, after=after)


def key(text: str, after: str = "") -> Typed:
    return Typed(kind="key", text=text, after=after)


def starts(after: str) -> Typed:
    return Typed(kind="starts", after=after)


def ctrl_c(after: str = "") -> Typed:
    return Typed(kind="ctrl-c", after=after)


class ScriptedConsole:
    """See `journeyman.plain.console.Console`; `screen` is all that was written."""

    height = 30
    width = 100

    def __init__(self, *script: Typed) -> None:
        self.screen = ""
        self.unfinished = ""
        self.prompts: list[str] = []
        self._script = deque(script)
        self._written = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def write(self, text: str) -> None:
        self.screen += text
        task = asyncio.create_task(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def read_line(self, prompt: str, text: str = "") -> str:
        self.prompts.append(f"{prompt}{text}")
        try:
            return await self._take("line")
        except asyncio.CancelledError:
            self.unfinished = "half a line"
            raise

    async def wait_typing(self) -> None:
        await self._take("starts")

    async def read_key(self) -> str:
        return await self._take("key")

    async def _tell(self) -> None:
        async with self._written:
            self._written.notify_all()

    async def _take(self, kind: str) -> str:
        """The next thing the user does; one that is not of this kind is not done here."""
        async with self._written:
            await self._written.wait_for(lambda: self._is_next(kind))
        typed = self._script.popleft()
        if typed.kind == "ctrl-c":
            raise LineAbortedError
        if typed.kind == "ctrl-d":
            raise InputEndedError
        return typed.text

    def _is_next(self, kind: str) -> bool:
        if not self._script:
            return False
        typed = self._script[0]
        fits = {kind, "ctrl-c", "ctrl-d"} if kind == "line" else {kind, "ctrl-c"}
        return typed.kind in fits and typed.after in self.screen
