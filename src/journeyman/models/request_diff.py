"""Where two request bodies differ, apart from what differs in every run: ids, times, the date."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

# Made anew by every run, or measured by it: ids of threads and chunks, how long something took, the day.
_OF_THE_RUN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<=Chunk ID: )[0-9a-f]+"
    r"|(?<=Wall time: )[0-9.]+"
    r"|(?<=<current_date>)[0-9-]+"
)
_SHOWN_CHARS = 60
_SHOWN_BEFORE = 15


class Difference(msgspec.Struct, frozen=True):
    """One place, such as `input[2].output`, and what is there in either."""

    place: str
    then: str
    now: str

    @property
    def text(self) -> str:
        """For a person."""
        return f"{self.place or 'the body'}: recorded {self.then}, now {self.now}"


def differences(then: Any, now: Any, place: str = "") -> Iterator[Difference]:
    """Every place where they differ, in the order of the recorded one."""
    if isinstance(then, dict) and isinstance(now, dict):
        before, after = cast("dict[str, Any]", then), cast("dict[str, Any]", now)
        for key in [*before, *(key for key in after if key not in before)]:
            where = f"{place}.{key}" if place else key
            if key in before and key in after:
                yield from differences(before[key], after[key], where)
            else:
                yield Difference(where, _of(before, key), _of(after, key))
    elif isinstance(then, list) and isinstance(now, list):
        earlier, later = cast("list[Any]", then), cast("list[Any]", now)
        for index, (one, other) in enumerate(zip(earlier, later, strict=False)):
            yield from differences(one, other, f"{place}[{index}]")
        if len(earlier) != len(later):
            yield Difference(f"{place}[]", f"{len(earlier)} entries", f"{len(later)} entries")
    elif isinstance(then, str) and isinstance(now, str):
        then, now = _OF_THE_RUN.sub("*", then), _OF_THE_RUN.sub("*", now)
        if then != now:
            yield Difference(place, *_around_the_first(then, now))
    elif then != now:
        yield Difference(place, _shown(then), _shown(now))


def _of(values: dict[str, Any], key: str) -> str:
    return _shown(values[key]) if key in values else "nothing"


def _around_the_first(then: str, now: str) -> tuple[str, str]:
    same = next(
        (at for at, (a, b) in enumerate(zip(then, now, strict=False)) if a != b),
        min(len(then), len(now)),
    )
    start = max(0, same - _SHOWN_BEFORE)
    mark = "..." if start else ""
    return _shown(mark + then[start:]), _shown(mark + now[start:])


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "..."
