"""Writes the macOS sandbox profile of a policy, as text and parameters. Pure: golden tests hold it.

In this language the last rule that fits decides, so what is taken away comes after what is given. Paths
are parameters; only protected names are in the text, as patterns without case, because macOS disks have none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.layout import Layout, pinned_directories

# What programs need to start and to talk to a terminal. Processes may signal and inspect only each other.
# Hard links and clones are not in it: by another name a protected file could be written.
_BASE = """\
(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow user-preference-read)
(allow ipc-posix-sem)
(allow file-read*)
(allow file-write-data file-ioctl (require-all (vnode-type CHARACTER-DEVICE) (require-any (literal "/dev/null") (literal "/dev/zero"))))
(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))
(allow file-read* file-write* file-ioctl (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))
(allow file-read-data file-write-data file-ioctl (literal "/dev/tty"))
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.opendirectoryd.membership"))
"""
# Full network access: sockets, and the services that resolve names and check certificates.
_NETWORK = """\
(allow system-socket)
(allow network-outbound (remote ip) (literal "/private/var/run/mDNSResponder"))
(allow network-inbound network-bind (local ip))
(allow mach-lookup (global-name "com.apple.SystemConfiguration.configd") (global-name "com.apple.trustd.agent") (global-name "com.apple.networkd"))
"""
_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-, @%+=:~#&;!<>'"
)
_SPECIAL = frozenset(".^$*+?()[]{}|")


class Profile(NamedTuple):
    """A profile's text, and its parameters by name."""

    text: str
    parameters: dict[str, str]

    def command(self, program: str, argv: Sequence[str]) -> list[str]:
        """The words by which `program`, the system's `sandbox-exec`, runs `argv` under it."""
        words = [program, "-p", self.text]
        words += [f"-D{name}={value}" for name, value in self.parameters.items()]
        return [*words, "--", *argv]


def seatbelt_profile(
    layout: Layout, unreadable: Iterable[str], *, temporary: str | None, network_access: bool
) -> Profile:
    """The profile for what `layout` opens and protects; `temporary` is the command's own directory.

    Raises:
        ConfinementError: a protected path has a character that no pattern can hold.
    """
    unreadable = tuple(unreadable)
    parameters: dict[str, str] = {}

    def parameter(kind: str, path: str) -> str:
        name = f"{kind}_{len(parameters)}"
        parameters[name] = path
        return f'(param "{name}")'

    def each(rule: str, kind: str, paths: Iterable[str]) -> list[str]:
        return [rule.format(parameter(kind, path)) for path in paths]

    places = [temporary] if temporary else []
    pinned = pinned_directories(layout, unreadable)
    lines = each("(allow file-write* (subpath {}))", "WRITABLE", (*layout.writable, *places))
    # Named sockets of the command's own; those of other programs are elsewhere.
    lines += ["(allow system-socket (socket-domain AF_UNIX))"] * len(places)
    sockets = "(allow network-bind network-inbound network-outbound (subpath {}))"
    lines += each(sockets, "SOCKETS", places)
    lines += [
        f'(deny file-write* (regex #"^{_any_case(path)}(/.*)?$"))' for path in layout.protected
    ]
    # Renaming a directory would take what is below it out of its protection.
    renamed = (*layout.writable, *pinned)
    lines += each("(deny file-write-unlink (literal {}))", "PINNED", renamed)
    lines += each("(deny file-read* file-write* (subpath {}))", "UNREADABLE", unreadable)
    text = _BASE + (_NETWORK if network_access else "") + "\n".join(lines) + "\n"
    return Profile(text, parameters)


def _any_case(path: str) -> str:
    """A pattern for the path whose last name fits in any case; the directory is as the disk has it."""
    directory, name = os.path.split(path)
    return _quoted(directory) + "/" + "".join(map(_either_case, name))


def _either_case(character: str) -> str:
    lower, upper = character.lower(), character.upper()
    if lower != upper and len(lower) == len(upper) == 1:
        return f"[{lower}{upper}]"
    return _quoted(character)


def _quoted(text: str) -> str:
    quoted = ""
    for character in text:
        if character in _SPECIAL:
            quoted += f"[{character}]" if character != "^" else r"\^"
        elif character in _PLAIN or (character.isprintable() and not character.isascii()):
            quoted += character
        else:
            raise ConfinementError(
                f"{text!r} cannot be protected: its name has the character {character!r}",
                fix="Rename the directory",
            )
    return quoted
