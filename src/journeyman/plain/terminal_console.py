"""The real terminal, by prompt_toolkit: line editing, history, pasted text, single keys.

The only module that knows that library. While a line is edited, whole lines of output are shown above it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead, store_typeahead
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output

from journeyman.plain.console import InputEndedError, LineAbortedError

# Whoever was typing when a question appeared still types for about that long.
_SECONDS_TO_NOTICE = 0.5


class TerminalConsole:
    """The process's terminal."""

    def __init__(self, history: Path | None, words: Sequence[str]) -> None:
        """Keep lines in the file `history`, None keeps them in memory; `words` are completed by Tab."""
        self.unfinished = ""
        self._input: Input = create_input()
        self._output: Output = create_output()
        self._held = ""
        self._editing = False
        self._session: PromptSession[str] = PromptSession(
            history=_history(history),
            completer=WordCompleter(list(words), sentence=True),
            complete_while_typing=False,
            input=self._input,
            output=self._output,
            interrupt_exception=LineAbortedError,
            eof_exception=InputEndedError,
        )

    @property
    def height(self) -> int:
        """See `Console`."""
        return self._output.get_size().rows

    @property
    def width(self) -> int:
        """See `Console`."""
        return self._output.get_size().columns

    def write(self, text: str) -> None:
        """See `Console`."""
        if not self._editing:
            self._put(text)
            return
        self._held += text
        whole, newline, self._held = self._held.rpartition("\n")
        if newline:
            run_in_terminal(lambda: self._put(whole + newline))

    async def read_line(self, prompt: str, text: str = "") -> str:
        """See `Console`."""
        self._editing = True
        self.unfinished = ""
        try:
            return await self._session.prompt_async(prompt, default=text)
        except asyncio.CancelledError:
            self.unfinished = self._session.default_buffer.text
            raise
        finally:
            self._editing = False
            held, self._held = self._held, ""
            self._put(held)

    async def wait_typing(self) -> None:
        """See `Console`."""
        with self._listening() as arrived:
            while not (presses := self._input.read_keys()):
                await self._next(arrived)
        _check_abort(presses)
        store_typeahead(self._input, presses)

    async def read_key(self) -> str:
        """See `Console`."""
        with self._listening() as arrived:
            await asyncio.sleep(_SECONDS_TO_NOTICE)
            self._input.read_keys()
            clear_typeahead(self._input)
            while True:
                presses = self._input.read_keys()
                _check_abort(presses)
                if typed := [press.data for press in presses if press.data.isprintable()]:
                    return typed[0]
                await self._next(arrived)

    @contextmanager
    def _listening(self) -> Generator[asyncio.Event]:
        arrived = asyncio.Event()
        with self._input.raw_mode(), self._input.attach(arrived.set):
            yield arrived

    async def _next(self, arrived: asyncio.Event) -> None:
        """Wait for more input; `arrived` was set when some came."""
        if self._input.closed:
            raise InputEndedError
        arrived.clear()
        await arrived.wait()

    def _put(self, text: str) -> None:
        if text:
            self._output.write_raw(text)
            self._output.flush()


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    try:
        # What is said to an agent is for its user's eyes alone.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def _check_abort(presses: Sequence[KeyPress]) -> None:
    if any(press.key == Keys.ControlC for press in presses):
        raise LineAbortedError
