"""Where the prompt comes from: the argument, stdin, or both. One place for all rules."""

from __future__ import annotations

import codecs
import select

from journeyman.cli.errors import CommandError
from journeyman.cli.terminal import is_tty, write_error

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Whoever pipes something in has usually done so by then; later a person would wonder what is awaited.
_QUIET_SECONDS = 0.5
# Several times what any model reads; some inputs never end.
_MAX_BYTES = 16 << 20


def read_prompt(argument: str | None, *, append_stdin: bool) -> str:
    """The prompt.

    Args:
        argument: the positional argument; None and `-` mean stdin.
        append_stdin: whether piped input goes after the argument as a `<stdin>` block.

    Raises:
        CommandError: there is no prompt, or stdin is not text.
    """
    if argument is None and is_tty(0):
        raise CommandError(
            "no prompt, on the command line: give it as an argument or pipe it into stdin"
        )
    if argument in {None, "-"}:
        prompt = decode_input(_read_stdin("Reading prompt from stdin..."))
        if not prompt.strip():
            raise CommandError("No prompt provided via stdin: pipe it in or give it as an argument")
        return prompt
    prompt = argument or ""
    if append_stdin and not is_tty(0):
        piped = decode_input(_read_stdin("Reading additional input from stdin..."))
        if piped.strip():
            block = f"<stdin>\n{piped.removesuffix(chr(10))}\n</stdin>"
            prompt = f"{prompt}\n\n{block}" if prompt.strip() else block
    if not prompt.strip():
        raise CommandError("the prompt is empty, in the PROMPT argument: say what to do")
    return prompt


def _read_stdin(note: str) -> bytes:
    """Everything from stdin, nothing when it is closed; tells what it waits for when it has to wait."""
    try:
        if not select.select([0], [], [], _QUIET_SECONDS)[0]:
            write_error(f"{note}\n")
        with open(0, "rb", closefd=False) as stdin:
            data = stdin.read(_MAX_BYTES + 1)
    except OSError:
        return b""
    if len(data) > _MAX_BYTES:
        message = (
            f"more than {_MAX_BYTES >> 20} MiB of input, on stdin: name the file in the prompt"
        )
        raise CommandError(message)
    return data


def decode_input(data: bytes) -> str:
    """The text: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        CommandError: it is neither.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, name = data[len(mark) :], encoding
            break
    else:
        name = "utf-8"
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        message = f"input is not {name.upper()} text (byte {error.start}), on stdin: convert it first, such as with iconv"
        raise CommandError(message) from error
