"""What a shell command is made of, as data: its parts (programs with their words) and what is unclear.

Invariant: a script without an `obstacle` does nothing but run its parts with exactly these words.
"""

from __future__ import annotations

import msgspec

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})


class Words(msgspec.Struct, frozen=True):
    """The words of one command, the first `known` of them exactly as the program gets them.

    Later texts are as written, so what they become is unknown, and so is how many words there are.
    """

    texts: tuple[str, ...]
    known: int

    @property
    def literal(self) -> bool:
        """Whether every word is known."""
        return self.known == len(self.texts)

    @property
    def program(self) -> str:
        """The name of the program without its directory."""
        return self.texts[0].rpartition("/")[2] if self.texts else ""


def literal_words(*texts: str) -> Words:
    """Words that are all known."""
    return Words(texts, len(texts))


class Part(msgspec.Struct, frozen=True):
    """One program that the script runs.

    `around` holds the commands that start it, outermost first (`timeout 5 ls` around `ls`). `opaque` says
    how one of them changes what it does, and is empty for those that change nothing.
    """

    words: Words
    around: tuple[Words, ...] = ()
    opaque: str = ""

    @property
    def readings(self) -> tuple[Words, ...]:
        """The part as every rule may see it, outermost first."""
        return (*self.around, self.words)


class Script(msgspec.Struct, frozen=True):
    """A whole command line. `writes` are the files that redirections write, as far as they are known.

    `obstacle` is the first reason why it is more than its parts, `other_obstacle` the first that is no such write.
    """

    parts: tuple[Part, ...]
    obstacle: str = ""
    writes: tuple[str, ...] = ()
    other_obstacle: str = ""


# Stands for a program that could not be read: any rule may be about it.
UNREADABLE = Part(Words(("",), 0))


def unreadable(why: str) -> Script:
    """The script of a text that cannot be read."""
    return Script((UNREADABLE,), why, other_obstacle=why)
