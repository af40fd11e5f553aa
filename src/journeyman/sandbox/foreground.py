"""Runs a command for the person at this process's streams: passes on what is typed, shown and interrupted.

On a terminal the command gets one of its own, so that it cannot put words into the user's; what is typed,
Ctrl-C as well, goes to it as it is. The user's terminal is as before when the command has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import termios
import tty
from collections.abc import Callable, Generator

import msgspec

from journeyman.sandbox.api import Command, Process

_READ_BYTES = 65_536


def on_a_terminal() -> bool:
    """Whether all standard streams are one."""
    return all(map(os.isatty, range(3)))


def for_this_terminal(command: Command) -> Command:
    """The command, on a terminal of the size of ours."""
    columns, rows = os.get_terminal_size(0)
    return msgspec.structs.replace(command, tty=True, columns=columns, rows=rows)


async def relay_terminal(process: Process) -> int:
    """Join the command's terminal with ours until it ends; its exit code."""
    with _raw_terminal(), _on_signal(signal.SIGWINCH, lambda: _resize(process)):
        return await _relay(process)


async def relay_pipes(process: Process) -> int:
    """Pass our input to the command and its output to our stdout until it ends; its exit code.

    Ctrl-C ends the command, as this way no other signal can reach it.
    """
    task = asyncio.current_task()
    with _on_signal(signal.SIGINT, lambda: task and task.cancel()):
        try:
            return await _relay(process)
        except asyncio.CancelledError:
            await process.kill()
            return 128 + signal.SIGINT


@contextlib.contextmanager
def interrupts(handle: Callable[[], object]) -> Generator[None]:
    """Call `handle` on Ctrl-C instead of ending this program."""
    with _on_signal(signal.SIGINT, handle):
        yield


async def _relay(process: Process) -> int:
    typing = asyncio.create_task(_pass_input(process))
    try:
        while data := await process.read():
            _write_all(data)
        return await process.wait()
    finally:
        typing.cancel()
        await process.kill()
        with contextlib.suppress(asyncio.CancelledError):
            await typing


async def _pass_input(process: Process) -> None:
    with contextlib.suppress(BrokenPipeError):
        while data := await _typed():
            await process.write(data)
        await process.close_stdin()


async def _typed() -> bytes:
    """The next of our input; empty at its end."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(0, lambda: ready.done() or ready.set_result(None))
    except PermissionError:  # a file: it is always ready
        ready.set_result(None)
    try:
        await ready
        return os.read(0, _READ_BYTES)
    except OSError:  # the terminal is gone
        return b""
    finally:
        loop.remove_reader(0)


def _write_all(data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(1, view) :]
        except BlockingIOError:  # a terminal that another program left non-blocking
            select.select([], [1], [])


def _resize(process: Process) -> None:
    with contextlib.suppress(OSError):
        process.resize(*os.get_terminal_size(0))


@contextlib.contextmanager
def _raw_terminal() -> Generator[None]:
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _on_signal(number: signal.Signals, handle: Callable[[], object]) -> Generator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
