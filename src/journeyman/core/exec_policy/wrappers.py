"""Commands whose work is to run another command, and where in their words it begins.

Owns the table. Reading an inner script of text (`bash -c`, `eval`) is left to `shell`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from journeyman.core.exec_policy.script import SHELLS, Words

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


class Inner(msgspec.Struct, frozen=True):
    """The command inside: its words, or the text of a script; `opaque` as in `Part`."""

    words: Words | None = None
    text: str | None = None
    opaque: str = ""


class _Wrapper(msgspec.Struct, frozen=True):
    """Options that take a value, how many operands precede the command, and whether it changes it."""

    valued: str = ""
    operands: int = 0
    opaque: str = ""
    long_valued: frozenset[str] = frozenset()


_ROOT = "it runs as another user"
_WRAPPERS = {
    "nohup": _Wrapper(opaque="it outlives the session"),
    "time": _Wrapper(valued="fo", long_valued=frozenset({"--format", "--output"})),
    "timeout": _Wrapper(
        valued="ks", operands=1, long_valued=frozenset({"--kill-after", "--signal"})
    ),
    "nice": _Wrapper(valued="n", long_valued=frozenset({"--adjustment"})),
    "ionice": _Wrapper(valued="cn", long_valued=frozenset({"--class", "--classdata"})),
    "stdbuf": _Wrapper(valued="ioe", long_valued=frozenset({"--input", "--output", "--error"})),
    "setsid": _Wrapper(opaque="it detaches from the session"),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "exec": _Wrapper(valued="a", opaque="it replaces the shell"),
    "busybox": _Wrapper(opaque="it replaces the program by busybox's own"),
    "strace": _Wrapper(valued="oeEpsPuaIOSX", opaque="it traces the command"),
    "flock": _Wrapper(
        valued="wE", operands=1, opaque="it takes a lock", long_valued=frozenset({"--timeout"})
    ),
    "chroot": _Wrapper(operands=1, opaque="it changes the root directory"),
    "unshare": _Wrapper(opaque="it changes namespaces"),
    "sudo": _Wrapper(
        valued="ugpChrtTD",
        opaque=_ROOT,
        long_valued=frozenset({"--user", "--group", "--chdir", "--host", "--prompt"}),
    ),
    "doas": _Wrapper(valued="uC", opaque=_ROOT),
    "pkexec": _Wrapper(opaque=_ROOT, long_valued=frozenset({"--user"})),
    "env": _Wrapper(
        valued="uCS",
        opaque="it changes the environment",
        long_valued=frozenset({"--unset", "--chdir", "--split-string"}),
    ),
    "xargs": _Wrapper(
        valued="adEIILnPs",
        opaque="xargs adds words",
        long_valued=frozenset({"--arg-file", "--delimiter", "--max-args", "--max-procs"}),
    ),
}
# Options with which these programs only describe a command instead of running it.
_DESCRIBES = {"command": ("-v", "-V")}
_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def runs_others(program: str) -> bool:
    """Whether the program's work is to run other commands."""
    return program in _WRAPPERS or program in _SPECIAL


def unwrap(words: Words) -> Inner | None:
    """The command that `words` would run; None when they run nothing but themselves."""
    if not words.texts:
        return None
    reader = _SPECIAL.get(words.program)
    if reader:
        return reader(words)
    wrapper = _WRAPPERS.get(words.program)
    if wrapper is None:
        return None
    at = _command_at(words.texts, wrapper)
    if words.program in _DESCRIBES and set(words.texts[1:at]) & set(_DESCRIBES[words.program]):
        return None
    return _inner(words, at, wrapper.opaque)


def _inner(words: Words, at: int, opaque: str) -> Inner | None:
    """What is left of `words` from position `at`."""
    if at >= len(words.texts):
        return None
    return Inner(words=Words(words.texts[at:], max(0, words.known - at)), opaque=opaque)


def _command_at(texts: tuple[str, ...], wrapper: _Wrapper) -> int:
    """The position of the inner command; `len(texts)` when there is none."""
    at, operands = 1, wrapper.operands
    while at < len(texts):
        text = texts[at]
        if text == "--":
            return at + 1 + operands
        if text.startswith("-") and len(text) > 1:
            at += 2 if _takes_next(text, wrapper) else 1
        elif operands:
            operands -= 1
            at += 1
        else:
            return at
    return at


def _takes_next(option: str, wrapper: _Wrapper) -> bool:
    """Whether the option's value is the next word."""
    if option.startswith("--"):
        return option in wrapper.long_valued
    return option[-1] in wrapper.valued and not set(option[1:-1]) & set(wrapper.valued)


def _unwrap_env(words: Words) -> Inner | None:
    """`env` sets variables before the command, which is what makes it opaque; `-S` splits a text."""
    texts = words.texts
    for at, text in enumerate(texts):
        if text.startswith(("-S", "--split-string")):
            glued = text.partition("=")[2] if text.startswith("--") else text[2:]
            script = " ".join((*((glued,) if glued else ()), *texts[at + 1 :]))
            return Inner(text=script, opaque="it changes the environment")
    at = _command_at(texts, _WRAPPERS["env"])
    while at < len(texts) and _ASSIGNMENT.match(texts[at]):
        at += 1
    return _inner(words, at, _WRAPPERS["env"].opaque if at > 1 else "")


def _unwrap_xargs(words: Words) -> Inner | None:
    """`xargs` appends words of its input: none after its own command is known to be the last."""
    inner = _inner(words, _command_at(words.texts, _WRAPPERS["xargs"]), "xargs adds words")
    if inner is None or inner.words is None:
        return None
    texts = (*inner.words.texts, "{}")
    return Inner(words=Words(texts, min(inner.words.known, len(texts) - 1)), opaque=inner.opaque)


def _unwrap_find(words: Words) -> Inner | None:
    """The command of `-exec`; it gets the names that were found."""
    for at, text in enumerate(words.texts):
        if text in _FIND_RUNS:
            return _inner(words, at + 1, "find runs it on what it finds")
    return None


def _unwrap_shell(words: Words) -> Inner | None:
    """`bash -c TEXT` runs a script, and so does `bash` alone: its input.

    Options other than -c, -l, -e, -u, -x make it opaque.
    """
    texts = words.texts
    for at, text in enumerate(texts[1:], 1):
        if not text.startswith("-"):
            return None
        if text.startswith("--") or "c" not in text:
            continue
        plain = at == 1 and set(text[1:]) <= set("cleux") and at + 2 == len(texts)
        opaque = "" if plain else "it runs a script in another shell"
        return Inner(text=texts[at + 1] if words.known > at + 1 else None, opaque=opaque)
    describes = {"--version", "--help"} & set(texts)
    return None if describes else Inner(text=None, opaque="it runs its input")


def _unwrap_eval(words: Words) -> Inner | None:
    """`eval` runs its words as a script."""
    text = " ".join(words.texts[1:]) if words.literal else None
    return Inner(text=text, opaque="eval runs a text")


def _unwrap_time(words: Words) -> Inner | None:
    """`time` with options may write a file."""
    at = _command_at(words.texts, _WRAPPERS["time"])
    return _inner(words, at, "time has options" if at > 1 else "")


def _unwrap_watch(words: Words) -> Inner | None:
    """`watch` gives its words to a shell as one text."""
    texts = words.texts[_command_at(words.texts, _Wrapper(valued="nq")) :]
    return Inner(text=" ".join(texts), opaque="it repeats the command") if texts else None


def _unwrap_su(words: Words) -> Inner | None:
    """`su -c TEXT`."""
    for at, text in enumerate(words.texts[:-1]):
        if text in {"-c", "--command"}:
            return Inner(text=words.texts[at + 1], opaque=_ROOT)
    return None


_SPECIAL: dict[str, Callable[[Words], Inner | None]] = {
    "env": _unwrap_env,
    "xargs": _unwrap_xargs,
    "find": _unwrap_find,
    "eval": _unwrap_eval,
    "time": _unwrap_time,
    "watch": _unwrap_watch,
    "su": _unwrap_su,
    **dict.fromkeys(SHELLS, _unwrap_shell),
}
