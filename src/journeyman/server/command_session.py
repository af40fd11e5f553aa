"""One command that a client runs outside of any thread: its output bounded and told or kept, its end."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

from journeyman.protocol.commands import CommandExecResponse, TerminalSize
from journeyman.sandbox.api import Process
from journeyman.sandbox.two_streams import Frames, StreamName

TIMED_OUT_EXIT_CODE = 124

USUAL_SIZE = TerminalSize(rows=24, cols=80)
# A piece of output: stream, data, and whether the limit is reached with it.
Tell = Callable[[StreamName, bytes, bool], None]


class CommandSession:
    """A running command; also what write, resize and terminate act on."""

    def __init__(
        self, process: Process, *, frames: bool, cap_bytes: int | None, tell: Tell | None
    ) -> None:
        """Read the output of `process`.

        Args:
            process: what was started.
            frames: whether its output is that of `with_two_streams`, else all of it is stdout.
            cap_bytes: how much of each stream is passed on; None for all.
            tell: gets output as it comes; without it, output is kept for the answer.
        """
        self.process = process
        self._frames = Frames() if frames else None
        self._cap_bytes = cap_bytes
        self._tell = tell
        self._sizes: dict[StreamName, int] = {"stdout": 0, "stderr": 0}
        self._kept: dict[StreamName, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    async def run(self, timeout_seconds: float | None) -> CommandExecResponse:
        """Until its end; nothing of it is left then, also when this is cancelled."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while data := await self.process.read():
                    self._take(data)
                code = await self.process.wait()
        except TimeoutError:
            code = TIMED_OUT_EXIT_CODE
        finally:
            await self.process.kill()
        out, err = (self._kept[name].decode(errors="replace") for name in ("stdout", "stderr"))
        return CommandExecResponse(exit_code=code, stdout=out, stderr=err)

    def is_capped(self, stream: StreamName) -> bool:
        """Whether the stream reached the limit, so that not all of it was passed on."""
        return self._cap_bytes is not None and self._sizes[stream] >= max(self._cap_bytes, 1)

    async def write(self, data_base64: str | None, *, close: bool) -> None:
        """Write to its input, close it, or both.

        Raises:
            ValueError: that is not base64.
            BrokenPipeError: its input is closed.
        """
        if data_base64 is not None:
            await self.process.write(base64.b64decode(data_base64, validate=True))
        if close:
            await self.process.close_stdin()

    async def close(self) -> None:
        """End it; idempotent."""
        await self.process.kill()

    def _take(self, data: bytes) -> None:
        pieces = [("stdout", data)] if self._frames is None else self._frames.feed(data)
        for stream, piece in pieces:
            self._pass_on("stdout" if stream == "stdout" else "stderr", piece)

    def _pass_on(self, stream: StreamName, data: bytes) -> None:
        before = self._sizes[stream]
        self._sizes[stream] += len(data)
        cap = self._cap_bytes
        if cap is not None and before >= cap and before > 0:
            return  # that it was reached is told already
        reached = cap is not None and self._sizes[stream] >= cap
        part = data if cap is None else data[: cap - before]
        if self._tell is not None:
            self._tell(stream, part, reached)
        else:
            self._kept[stream] += part


def check_size(size: TerminalSize) -> None:
    """Raise `ValueError` for a size that no terminal has."""
    if not (0 < size.rows < 1 << 16 and 0 < size.cols < 1 << 16):
        raise ValueError(f"no terminal has {size.rows} rows and {size.cols} columns")
