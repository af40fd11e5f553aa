"""Gives live functions the code of an edited source without importing their module again."""

from __future__ import annotations

import gc
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeyman.models.repair.engine.job import Swap

Key = tuple[str, str, int]


class CannotSwapError(Exception):
    """The edit changes something that only a fresh import can change."""


@dataclass(frozen=True)
class Live:
    """The live functions whose code comes from files below `root`."""

    root: str
    functions: dict[Key, list[types.FunctionType]]

    def find(self, key: Key) -> types.FunctionType | None:
        """The function that was indexed as (path below `root`, name, first line)."""
        found = self.functions.get((f"{self.root}/{key[0]}", key[1], key[2]))
        return found[0] if found else None


def index_functions(root: str) -> Live:
    """All live functions whose code comes from files below `root`."""
    found: dict[Key, list[types.FunctionType]] = {}
    for value in gc.get_objects():
        if isinstance(value, types.FunctionType):
            code = value.__code__
            if code.co_filename.startswith(root):
                key = (code.co_filename, code.co_name, code.co_firstlineno)
                found.setdefault(key, []).append(value)
    return Live(root, found)


def swap_code(swap: Swap, live: Live) -> list[tuple[types.FunctionType, types.CodeType]]:
    """Put the new code into every live function of the statement; CannotSwapError if that fails.

    Returns the functions with the code they had.
    """
    filename = f"{live.root}/{swap.path}"
    old = _codes(compile(swap.old, filename, "exec", dont_inherit=True))
    new = _codes(compile(swap.new, filename, "exec", dont_inherit=True))
    undo: list[tuple[types.FunctionType, types.CodeType]] = []
    for place, code in old.items():
        for function in live.functions.get((filename, code.co_name, code.co_firstlineno), ()):
            undo.append((function, function.__code__))
            replacement = new.get(place)
            if replacement is None:
                raise CannotSwapError(place)
            try:
                function.__code__ = replacement
            except ValueError as error:
                raise CannotSwapError(str(error)) from error
    if not undo:
        raise CannotSwapError(swap.path)
    return undo


def _codes(code: types.CodeType) -> dict[str, types.CodeType]:
    """Function codes by their place: names from the outside in, numbered among their equals."""
    found: dict[str, types.CodeType] = {}

    def walk(outer: types.CodeType, prefix: str) -> None:
        seen: dict[str, int] = {}
        for const in outer.co_consts:
            if isinstance(const, types.CodeType):
                number = seen[const.co_name] = seen.get(const.co_name, -1) + 1
                place = f"{prefix}/{const.co_name}#{number}"
                found[place] = const
                walk(const, place)

    walk(code, "")
    return found
