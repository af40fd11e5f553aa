"""The commands of the program as plain data: names, texts and options, for scripts that shells read."""

from __future__ import annotations

from collections.abc import Iterator

import click
import msgspec


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """One option: how it is written, and what comes after it: nothing, one of `values`, or a path."""

    names: tuple[str, ...]
    text: str
    takes_value: bool
    values: tuple[str, ...] = ()
    folders: bool = False


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One command by its words, `jm mcp add`; `values` are what its first argument may be."""

    words: str
    text: str
    flags: tuple[Flag, ...]
    children: tuple[Node, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last word."""
        return self.words.rpartition(" ")[2]

    def walk(self) -> Iterator[Node]:
        """This command and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_tree(command: click.Command, words: str) -> Node:
    """Read a command and all below it; imports each of them."""
    ctx = click.Context(command, info_name=words)
    children: list[Node] = []
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            if child is not None and not child.hidden:
                children.append(read_tree(child, f"{words} {name}"))
    options = [one for one in command.get_params(ctx) if isinstance(one, click.Option)]
    return Node(
        words=words,
        text=command.get_short_help_str(limit=80),
        flags=tuple(_flag(one) for one in options if not one.hidden),
        children=tuple(children),
        values=next((_choices(one) for one in command.params if _is_argument(one)), ()),
    )


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _flag(option: click.Option) -> Flag:
    return Flag(
        names=tuple(option.opts),
        text=(option.help or "").partition("\n")[0],
        takes_value=not (option.is_flag or option.count),
        values=_choices(option),
        folders=option.metavar == "DIR",
    )


def _choices(parameter: click.Parameter) -> tuple[str, ...]:
    return tuple(map(str, getattr(parameter.type, "choices", ())))
