"""What the face needs of a terminal: write text, read a line, read a key."""

from __future__ import annotations

from typing import Protocol


class LineAbortedError(Exception):
    """The user pressed Ctrl-C."""


class InputEndedError(Exception):
    """The user pressed Ctrl-D on an empty line, or the terminal is gone."""


class Console(Protocol):
    """A terminal of a person. Reading is done by one caller at a time; cancelling a read takes nothing."""

    def write(self, text: str) -> None:
        """Show text at once; it is safe to print."""
        ...

    async def read_line(self, prompt: str, text: str = "") -> str:
        """A line, which may hold newlines that were pasted; `text` stands in it already.

        Raises:
            LineAbortedError: Ctrl-C.
            InputEndedError: there is no more input.
        """
        ...

    @property
    def unfinished(self) -> str:
        """What stood in the line whose reading was cancelled last."""
        ...

    async def wait_typing(self) -> None:
        """Wait until something is typed, which the next line then begins with.

        Raises:
            LineAbortedError: Ctrl-C.
            InputEndedError: the terminal is gone.
        """
        ...

    async def read_key(self) -> str:
        """The next key as the text it types; whatever was typed before now is dropped.

        Raises:
            LineAbortedError: Ctrl-C.
            InputEndedError: the terminal is gone.
        """
        ...

    @property
    def height(self) -> int:
        """How many lines are seen at once."""
        ...

    @property
    def width(self) -> int:
        """How many characters a line of the terminal holds."""
        ...
