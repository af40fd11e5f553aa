"""Shows a command's output while it comes, bounded: the first lines at once, of the rest the last ones.

Pure: pieces of text in, whole lines out. Lines that are cut short say so.
"""

from __future__ import annotations

from collections import deque

# A screenful at once; more would bury the rest of the transcript. The tail holds the verdict of most tools.
_FIRST_LINES = 30
_LAST_LINES = 12
_MAX_LINE_CHARS = 500


class LiveOutput:
    """The output of one command."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.seen = False
        self._partial = ""
        self._shown = 0
        self._left_out = 0
        self._tail: deque[str] = deque(maxlen=_LAST_LINES)

    def feed(self, text: str) -> list[str]:
        """The lines that may be shown now that `text` came."""
        self.seen = self.seen or bool(text)
        *whole, self._partial = (self._partial + text).split("\n")
        if len(self._partial) > _MAX_LINE_CHARS * 2:
            whole.append(self._partial)
            self._partial = ""
        return [shown for line in whole for shown in self._line(line)]

    def end(self) -> list[str]:
        """What is left to show when the command has ended."""
        rest = self._line(self._partial) if self._partial else []
        self._partial = ""
        if not self._left_out:
            return rest
        hidden = self._left_out - len(self._tail)
        note = [f"[... {hidden} lines not shown ...]"] if hidden else []
        return [*note, *self._tail]

    def _line(self, line: str) -> list[str]:
        # What a carriage return overwrote was a progress display; its last state is what counts.
        line = line.removesuffix("\r").rpartition("\r")[2]
        if len(line) > _MAX_LINE_CHARS:
            line = (
                f"{line[:_MAX_LINE_CHARS]} [... {len(line) - _MAX_LINE_CHARS} characters not shown]"
            )
        if self._shown < _FIRST_LINES:
            self._shown += 1
            return [line]
        self._left_out += 1
        self._tail.append(line)
        return []
