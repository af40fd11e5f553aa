"""The token of the server's WebSocket: made at first use, kept in a file that only its user can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

_PRIVATE = 0o600
_OTHERS = 0o077
_TOKEN_BYTES = 32


class TokenError(Exception):
    """The token cannot be used; the text says why and what to do."""


def read_token(path: Path) -> str:
    """The token in `path`; raises `TokenError` where there is none, or others can read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="ascii") as file:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & _OTHERS:
                fix = "delete it, and a new one is made"
                raise TokenError(f"other users can read the token, in {path}: {fix}")
            token = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(f"cannot read the token: {error}") from error
    if not token:
        raise TokenError(f"there is no token, in {path}: delete it, and a new one is made")
    return token


def make_token(path: Path) -> None:
    """Make the token where there is none; raises `TokenError`."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    except FileExistsError:
        return
    except OSError as error:
        raise TokenError(f"cannot make the token: {error}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_TOKEN_BYTES) + "\n")
