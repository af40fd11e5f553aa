"""Run first inside a network namespace: listens there, hands the socket out, becomes the command.

Self-contained, so that `python -S -I namespace_listener.py FD PROGRAM ARGV...` starts fast. FD is one end of a
socket pair whose other end the agent reads. Whatever fails, the command does not run: exit code 125.
"""

# The bare module of C: what is around it takes as long to import as Python to start.
import _socket
import os
import sys
from signal import SIG_DFL, SIGPIPE, SIGXFSZ, signal

_HOST, _PORT = "127.0.0.1", 3128
_QUEUE = 128
_NOT_CONFINED = 125
_CANNOT_EXECUTE = 126


def main(arguments: list[str]) -> int:
    """Hand the socket out and execute the command; returns an exit code only when that failed."""
    channel, program, *argv = arguments
    try:
        _hand_out(int(channel))
    except OSError as error:
        sys.stderr.write(f"the sandbox's proxy cannot listen: {error.strerror}\n")
        return _NOT_CONFINED
    # Python ignores these, and what is ignored stays ignored across exec.
    for number in (SIGPIPE, SIGXFSZ):
        signal(number, SIG_DFL)
    try:
        os.execv(program, argv)
    except OSError as error:
        sys.stderr.write(f"{program}: {error.strerror}\n")
    return _CANNOT_EXECUTE


def _hand_out(fd: int) -> None:
    channel = _socket.socket(fileno=fd)
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.bind((_HOST, _PORT))
    listener.listen(_QUEUE)
    handed = listener.fileno().to_bytes(4, sys.byteorder)
    channel.sendmsg([b"1"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, handed)])
    listener.close()
    channel.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
